/**
 * The 1,000 categories of ImageNet (Russakovsky et al., 2015, https://arxiv.org/abs/1409.0575) in the order of its
 * networks' outputs: torchvision's English names, and Chinese ones beside them. Ten a line, so that both can be compared.
 */
const ENGLISH = `
tench, goldfish, great white shark, tiger shark, hammerhead, electric ray, stingray, cock, hen, ostrich
brambling, goldfinch, house finch, junco, indigo bunting, robin, bulbul, jay, magpie, chickadee
water ouzel, kite, bald eagle, vulture, great grey owl, European fire salamander, common newt, eft, spotted salamander, axolotl
bullfrog, tree frog, tailed frog, loggerhead, leatherback turtle, mud turtle, terrapin, box turtle, banded gecko, common iguana
American chameleon, whiptail, agama, frilled lizard, alligator lizard, Gila monster, green lizard, African chameleon, Komodo dragon, African crocodile
American alligator, triceratops, thunder snake, ringneck snake, hognose snake, green snake, king snake, garter snake, water snake, vine snake
night snake, boa constrictor, rock python, Indian cobra, green mamba, sea snake, horned viper, diamondback, sidewinder, trilobite
harvestman, scorpion, black and gold garden spider, barn spider, garden spider, black widow, tarantula, wolf spider, tick, centipede
black grouse, ptarmigan, ruffed grouse, prairie chicken, peacock, quail, partridge, African grey, macaw, sulphur-crested cockatoo
lorikeet, coucal, bee eater, hornbill, hummingbird, jacamar, toucan, drake, red-breasted merganser, goose
black swan, tusker, echidna, platypus, wallaby, koala, wombat, jellyfish, sea anemone, brain coral
flatworm, nematode, conch, snail, slug, sea slug, chiton, chambered nautilus, Dungeness crab, rock crab
fiddler crab, king crab, American lobster, spiny lobster, crayfish, hermit crab, isopod, white stork, black stork, spoonbill
flamingo, little blue heron, American egret, bittern, crane bird, limpkin, European gallinule, American coot, bustard, ruddy turnstone
red-backed sandpiper, redshank, dowitcher, oystercatcher, pelican, king penguin, albatross, grey whale, killer whale, dugong
sea lion, Chihuahua, Japanese spaniel, Maltese dog, Pekinese, Shih-Tzu, Blenheim spaniel, papillon, toy terrier, Rhodesian ridgeback
Afghan hound, basset, beagle, bloodhound, bluetick, black-and-tan coonhound, Walker hound, English foxhound, redbone, borzoi
Irish wolfhound, Italian greyhound, whippet, Ibizan hound, Norwegian elkhound, otterhound, Saluki, Scottish deerhound, Weimaraner, Staffordshire bullterrier
American Staffordshire terrier, Bedlington terrier, Border terrier, Kerry blue terrier, Irish terrier, Norfolk terrier, Norwich terrier, Yorkshire terrier, wire-haired fox terrier, Lakeland terrier
Sealyham terrier, Airedale, cairn, Australian terrier, Dandie Dinmont, Boston bull, miniature schnauzer, giant schnauzer, standard schnauzer, Scotch terrier
Tibetan terrier, silky terrier, soft-coated wheaten terrier, West Highland white terrier, Lhasa, flat-coated retriever, curly-coated retriever, golden retriever, Labrador retriever, Chesapeake Bay retriever
German short-haired pointer, vizsla, English setter, Irish setter, Gordon setter, Brittany spaniel, clumber, English springer, Welsh springer spaniel, cocker spaniel
Sussex spaniel, Irish water spaniel, kuvasz, schipperke, groenendael, malinois, briard, kelpie, komondor, Old English sheepdog
Shetland sheepdog, collie, Border collie, Bouvier des Flandres, Rottweiler, German shepherd, Doberman, miniature pinscher, Greater Swiss Mountain dog, Bernese mountain dog
Appenzeller, EntleBucher, boxer, bull mastiff, Tibetan mastiff, French bulldog, Great Dane, Saint Bernard, Eskimo dog, malamute
Siberian husky, dalmatian, affenpinscher, basenji, pug, Leonberg, Newfoundland, Great Pyrenees, Samoyed, Pomeranian
chow, keeshond, Brabancon griffon, Pembroke, Cardigan, toy poodle, miniature poodle, standard poodle, Mexican hairless, timber wolf
white wolf, red wolf, coyote, dingo, dhole, African hunting dog, hyena, red fox, kit fox, Arctic fox
grey fox, tabby, tiger cat, Persian cat, Siamese cat, Egyptian cat, cougar, lynx, leopard, snow leopard
jaguar, lion, tiger, cheetah, brown bear, American black bear, ice bear, sloth bear, mongoose, meerkat
tiger beetle, ladybug, ground beetle, long-horned beetle, leaf beetle, dung beetle, rhinoceros beetle, weevil, fly, bee
ant, grasshopper, cricket, walking stick, cockroach, mantis, cicada, leafhopper, lacewing, dragonfly
damselfly, admiral, ringlet, monarch, cabbage butterfly, sulphur butterfly, lycaenid, starfish, sea urchin, sea cucumber
wood rabbit, hare, Angora, hamster, porcupine, fox squirrel, marmot, beaver, guinea pig, sorrel
zebra, hog, wild boar, warthog, hippopotamus, ox, water buffalo, bison, ram, bighorn
ibex, hartebeest, impala, gazelle, Arabian camel, llama, weasel, mink, polecat, black-footed ferret
otter, skunk, badger, armadillo, three-toed sloth, orangutan, gorilla, chimpanzee, gibbon, siamang
guenon, patas, baboon, macaque, langur, colobus, proboscis monkey, marmoset, capuchin, howler monkey
titi, spider monkey, squirrel monkey, Madagascar cat, indri, Indian elephant, African elephant, lesser panda, giant panda, barracouta
eel, coho, rock beauty, anemone fish, sturgeon, gar, lionfish, puffer, abacus, abaya
academic gown, accordion, acoustic guitar, aircraft carrier, airliner, airship, altar, ambulance, amphibian, analog clock
apiary, apron, ashcan, assault rifle, backpack, bakery, balance beam, balloon, ballpoint, Band Aid
banjo, bannister, barbell, barber chair, barbershop, barn, barometer, barrel, barrow, baseball
basketball, bassinet, bassoon, bathing cap, bath towel, bathtub, beach wagon, beacon, beaker, bearskin
beer bottle, beer glass, bell cote, bib, bicycle-built-for-two, bikini, binder, binoculars, birdhouse, boathouse
bobsled, bolo tie, bonnet, bookcase, bookshop, bottlecap, bow, bow tie, brass, brassiere
breakwater, breastplate, broom, bucket, buckle, bulletproof vest, bullet train, butcher shop, cab, caldron
candle, cannon, canoe, can opener, cardigan, car mirror, carousel, carpenter's kit, carton, car wheel
cash machine, cassette, cassette player, castle, catamaran, CD player, cello, cellular telephone, chain, chainlink fence
chain mail, chain saw, chest, chiffonier, chime, china cabinet, Christmas stocking, church, cinema, cleaver
cliff dwelling, cloak, clog, cocktail shaker, coffee mug, coffeepot, coil, combination lock, computer keyboard, confectionery
container ship, convertible, corkscrew, cornet, cowboy boot, cowboy hat, cradle, crane, crash helmet, crate
crib, Crock Pot, croquet ball, crutch, cuirass, dam, desk, desktop computer, dial telephone, diaper
digital clock, digital watch, dining table, dishrag, dishwasher, disk brake, dock, dogsled, dome, doormat
drilling platform, drum, drumstick, dumbbell, Dutch oven, electric fan, electric guitar, electric locomotive, entertainment center, envelope
espresso maker, face powder, feather boa, file, fireboat, fire engine, fire screen, flagpole, flute, folding chair
football helmet, forklift, fountain, fountain pen, four-poster, freight car, French horn, frying pan, fur coat, garbage truck
gasmask, gas pump, goblet, go-kart, golf ball, golfcart, gondola, gong, gown, grand piano
greenhouse, grille, grocery store, guillotine, hair slide, hair spray, half track, hammer, hamper, hand blower
hand-held computer, handkerchief, hard disc, harmonica, harp, harvester, hatchet, holster, home theater, honeycomb
hook, hoopskirt, horizontal bar, horse cart, hourglass, iPod, iron, jack-o'-lantern, jean, jeep
jersey, jigsaw puzzle, jinrikisha, joystick, kimono, knee pad, knot, lab coat, ladle, lampshade
laptop, lawn mower, lens cap, letter opener, library, lifeboat, lighter, limousine, liner, lipstick
Loafer, lotion, loudspeaker, loupe, lumbermill, magnetic compass, mailbag, mailbox, maillot, maillot tank suit
manhole cover, maraca, marimba, mask, matchstick, maypole, maze, measuring cup, medicine chest, megalith
microphone, microwave, military uniform, milk can, minibus, miniskirt, minivan, missile, mitten, mixing bowl
mobile home, Model T, modem, monastery, monitor, moped, mortar, mortarboard, mosque, mosquito net
motor scooter, mountain bike, mountain tent, mouse, mousetrap, moving van, muzzle, nail, neck brace, necklace
nipple, notebook, obelisk, oboe, ocarina, odometer, oil filter, organ, oscilloscope, overskirt
oxcart, oxygen mask, packet, paddle, paddlewheel, padlock, paintbrush, pajama, palace, panpipe
paper towel, parachute, parallel bars, park bench, parking meter, passenger car, patio, pay-phone, pedestal, pencil box
pencil sharpener, perfume, Petri dish, photocopier, pick, pickelhaube, picket fence, pickup, pier, piggy bank
pill bottle, pillow, ping-pong ball, pinwheel, pirate, pitcher, plane, planetarium, plastic bag, plate rack
plow, plunger, Polaroid camera, pole, police van, poncho, pool table, pop bottle, pot, potter's wheel
power drill, prayer rug, printer, prison, projectile, projector, puck, punching bag, purse, quill
quilt, racer, racket, radiator, radio, radio telescope, rain barrel, recreational vehicle, reel, reflex camera
refrigerator, remote control, restaurant, revolver, rifle, rocking chair, rotisserie, rubber eraser, rugby ball, rule
running shoe, safe, safety pin, saltshaker, sandal, sarong, sax, scabbard, scale, school bus
schooner, scoreboard, screen, screw, screwdriver, seat belt, sewing machine, shield, shoe shop, shoji
shopping basket, shopping cart, shovel, shower cap, shower curtain, ski, ski mask, sleeping bag, slide rule, sliding door
slot, snorkel, snowmobile, snowplow, soap dispenser, soccer ball, sock, solar dish, sombrero, soup bowl
space bar, space heater, space shuttle, spatula, speedboat, spider web, spindle, sports car, spotlight, stage
steam locomotive, steel arch bridge, steel drum, stethoscope, stole, stone wall, stopwatch, stove, strainer, streetcar
stretcher, studio couch, stupa, submarine, suit, sundial, sunglass, sunglasses, sunscreen, suspension bridge
swab, sweatshirt, swimming trunks, swing, switch, syringe, table lamp, tank, tape player, teapot
teddy, television, tennis ball, thatch, theater curtain, thimble, thresher, throne, tile roof, toaster
tobacco shop, toilet seat, torch, totem pole, tow truck, toyshop, tractor, trailer truck, tray, trench coat
tricycle, trimaran, tripod, triumphal arch, trolleybus, trombone, tub, turnstile, typewriter keyboard, umbrella
unicycle, upright, vacuum, vase, vault, velvet, vending machine, vestment, viaduct, violin
volleyball, waffle iron, wall clock, wallet, wardrobe, warplane, washbasin, washer, water bottle, water jug
water tower, whiskey jug, whistle, wig, window screen, window shade, Windsor tie, wine bottle, wing, wok
wooden spoon, wool, worm fence, wreck, yawl, yurt, web site, comic book, crossword puzzle, street sign
traffic light, book jacket, menu, plate, guacamole, consomme, hot pot, trifle, ice cream, ice lolly
French loaf, bagel, pretzel, cheeseburger, hotdog, mashed potato, head cabbage, broccoli, cauliflower, zucchini
spaghetti squash, acorn squash, butternut squash, cucumber, artichoke, bell pepper, cardoon, mushroom, Granny Smith, strawberry
orange, lemon, fig, pineapple, banana, jackfruit, custard apple, pomegranate, hay, carbonara
chocolate sauce, dough, meat loaf, pizza, potpie, burrito, red wine, espresso, cup, eggnog
alp, bubble, cliff, coral reef, geyser, lakeside, promontory, sandbar, seashore, valley
volcano, ballplayer, groom, scuba diver, rapeseed, daisy, yellow lady's slipper, corn, acorn, hip
buckeye, coral fungus, agaric, gyromitra, stinkhorn, earthstar, hen-of-the-woods, bolete, ear, toilet tissue
`;

const CHINESE = `
丁鲷，金鱼，大白鲨，虎鲨，锤头鲨，电鳐，刺魟，公鸡，母鸡，鸵鸟
燕雀，金翅雀，家朱雀，灯草鹀，靛蓝彩鹀，旅鸫，鹎，松鸦，喜鹊，山雀
河乌，鸢，白头海雕，秃鹫，乌林鸮，火蝾螈，普通欧螈，水蜥，斑点钝口螈，美西螈
牛蛙，树蛙，尾蟾，蠵龟，棱皮龟，泥龟，水龟，箱龟，带纹壁虎，绿鬣蜥
安乐蜥，鞭尾蜥，鬣蜥，伞蜥，鳄蜥，吉拉毒蜥，绿蜥蜴，非洲变色龙，科莫多巨蜥，尼罗鳄
美洲短吻鳄，三角龙，雷蛇，环颈蛇，猪鼻蛇，青蛇，王蛇，袜带蛇，水蛇，藤蛇
夜蛇，巨蚺，岩蟒，印度眼镜蛇，绿曼巴，海蛇，角蝰，菱斑响尾蛇，角响尾蛇，三叶虫
盲蛛，蝎子，黑黄花园蛛，谷仓蛛，十字园蛛，黑寡妇蜘蛛，捕鸟蛛，狼蛛，蜱，蜈蚣
黑琴鸡，雷鸟，披肩榛鸡，草原松鸡，孔雀，鹌鹑，山鹑，非洲灰鹦鹉，金刚鹦鹉，葵花凤头鹦鹉
短尾鹦鹉，鸦鹃，蜂虎，犀鸟，蜂鸟，鹟䴕，巨嘴鸟，公鸭，红胸秋沙鸭，鹅
黑天鹅，长牙象，针鼹，鸭嘴兽，沙袋鼠，考拉，袋熊，水母，海葵，脑珊瑚
扁形虫，线虫，海螺，蜗牛，蛞蝓，海蛞蝓，石鳖，鹦鹉螺，珍宝蟹，岩蟹
招潮蟹，帝王蟹，美洲螯龙虾，龙虾，小龙虾，寄居蟹，等足虫，白鹳，黑鹳，琵鹭
火烈鸟，小蓝鹭，大白鹭，麻鳽，鹤，秧鹤，紫水鸡，美洲骨顶，鸨，翻石鹬
红背滨鹬，红脚鹬，半蹼鹬，蛎鹬，鹈鹕，王企鹅，信天翁，灰鲸，虎鲸，儒艮
海狮，吉娃娃，日本狆，马耳他犬，北京犬，西施犬，布伦海姆猎犬，蝴蝶犬，玩具㹴，罗得西亚脊背犬
阿富汗猎犬，巴吉度猎犬，比格犬，寻血猎犬，布鲁克猎犬，黑褐猎浣熊犬，沃克猎犬，英国猎狐犬，红骨猎犬，俄罗斯猎狼犬
爱尔兰猎狼犬，意大利灵缇，惠比特犬，依比沙猎犬，挪威猎麋犬，奥达猎犬，萨路基猎犬，苏格兰猎鹿犬，魏玛犬，斯塔福郡斗牛㹴
美国斯塔福郡㹴，贝灵顿㹴，边境㹴，凯利蓝㹴，爱尔兰㹴，诺福克㹴，诺维奇㹴，约克夏㹴，刚毛猎狐㹴，湖畔㹴
锡利哈姆㹴，万能㹴，凯恩㹴，澳大利亚㹴，丹迪丁蒙㹴，波士顿㹴，迷你雪纳瑞，巨型雪纳瑞，标准雪纳瑞，苏格兰㹴
西藏㹴，丝毛㹴，软毛麦色㹴，西高地白㹴，拉萨犬，平毛寻回犬，卷毛寻回犬，金毛寻回犬，拉布拉多犬，切萨皮克湾寻回犬
德国短毛指示犬，维兹拉犬，英国雪达犬，爱尔兰雪达犬，戈登雪达犬，布列塔尼犬，克伦伯猎犬，英国史宾格犬，威尔士史宾格犬，可卡犬
萨塞克斯猎犬，爱尔兰水猎犬，库瓦兹犬，史奇派克犬，格罗安达犬，马利诺斯犬，布里犬，凯尔皮犬，可蒙犬，英国古代牧羊犬
喜乐蒂牧羊犬，柯利牧羊犬，边境牧羊犬，法兰德斯牧牛犬，罗威纳犬，德国牧羊犬，杜宾犬，迷你杜宾，大瑞士山地犬，伯恩山犬
阿彭策尔山地犬，恩特布赫山地犬，拳师犬，斗牛獒，藏獒，法国斗牛犬，大丹犬，圣伯纳犬，爱斯基摩犬，阿拉斯加雪橇犬
西伯利亚哈士奇，斑点狗，猴面㹴，巴辛吉犬，巴哥犬，兰伯格犬，纽芬兰犬，大白熊犬，萨摩耶犬，博美犬
松狮犬，荷兰毛狮犬，布鲁塞尔格里芬犬，彭布罗克柯基犬，卡迪根柯基犬，玩具贵宾犬，迷你贵宾犬，标准贵宾犬，墨西哥无毛犬，灰狼
白狼，红狼，郊狼，澳洲野犬，豺，非洲野犬，鬣狗，赤狐，敏狐，北极狐
灰狐，虎斑猫，虎猫，波斯猫，暹罗猫，埃及猫，美洲狮，猞猁，豹，雪豹
美洲豹，狮子，老虎，猎豹，棕熊，美洲黑熊，北极熊，懒熊，獴，狐獴
虎甲，瓢虫，步甲，天牛，叶甲，蜣螂，独角仙，象鼻虫，苍蝇，蜜蜂
蚂蚁，蚱蜢，蟋蟀，竹节虫，蟑螂，螳螂，蝉，叶蝉，草蛉，蜻蜓
豆娘，红蛱蝶，环眼蝶，帝王蝶，菜粉蝶，黄粉蝶，灰蝶，海星，海胆，海参
棉尾兔，野兔，安哥拉兔，仓鼠，豪猪，狐松鼠，土拨鼠，河狸，豚鼠，栗色马
斑马，猪，野猪，疣猪，河马，公牛，水牛，野牛，公羊，大角羊
北山羊，狷羚，黑斑羚，瞪羚，单峰驼，美洲驼，黄鼠狼，水貂，艾鼬，黑足鼬
水獭，臭鼬，獾，犰狳，三趾树懒，红毛猩猩，大猩猩，黑猩猩，长臂猿，合趾猿
长尾猴，赤猴，狒狒，猕猴，叶猴，疣猴，长鼻猴，狨猴，卷尾猴，吼猴
伶猴，蜘蛛猴，松鼠猴，环尾狐猴，大狐猴，印度象，非洲象，小熊猫，大熊猫，杖鱼
鳗鱼，银鲑，三色刺蝶鱼，小丑鱼，鲟鱼，雀鳝，狮子鱼，河豚，算盘，阿拉伯长袍
学位袍，手风琴，木吉他，航空母舰，客机，飞艇，祭坛，救护车，水陆两用车，指针式时钟
养蜂场，围裙，垃圾桶，突击步枪，双肩包，面包店，平衡木，气球，圆珠笔，创可贴
班卓琴，栏杆扶手，杠铃，理发椅，理发店，谷仓，气压计，木桶，独轮手推车，棒球
篮球，婴儿摇篮，巴松管，泳帽，浴巾，浴缸，旅行车，灯塔，烧杯，熊皮帽
啤酒瓶，啤酒杯，钟楼，围兜，双人自行车，比基尼，活页夹，双筒望远镜，鸟屋，船库
雪橇车，保罗领带，系带女帽，书柜，书店，瓶盖，弓，蝴蝶领结，黄铜铭牌，胸罩
防波堤，胸甲，扫帚，水桶，皮带扣，防弹背心，高速列车，肉铺，出租车，大锅
蜡烛，大炮，独木舟，开罐器，开襟毛衣，车外后视镜，旋转木马，木工工具箱，纸箱，车轮
自动取款机，盒式磁带，磁带播放机，城堡，双体船，CD 播放机，大提琴，手机，链条，铁丝网
锁子甲，链锯，大箱子，五斗橱，编钟，瓷器柜，圣诞袜，教堂，电影院，切肉刀
崖居，斗篷，木底鞋，调酒器，咖啡杯，咖啡壶，螺旋线圈，密码锁，电脑键盘，糖果店
集装箱船，敞篷车，开瓶器，短号，牛仔靴，牛仔帽，摇篮，起重机，防撞头盔，板条箱
婴儿床，电炖锅，槌球，拐杖，胸铠，水坝，书桌，台式电脑，拨盘电话，尿布
数字钟，电子表，餐桌，抹布，洗碗机，盘式制动器，码头，狗拉雪橇，穹顶，门垫
钻井平台，鼓，鼓槌，哑铃，荷兰锅，电风扇，电吉他，电力机车，家庭影音柜，信封
浓缩咖啡机，扑面粉，羽毛围巾，文件柜，消防艇，消防车，壁炉屏风，旗杆，长笛，折叠椅
橄榄球头盔，叉车，喷泉，钢笔，四柱床，货运车厢，圆号，平底锅，毛皮大衣，垃圾车
防毒面具，加油机，高脚杯，卡丁车，高尔夫球，高尔夫球车，贡多拉，锣，长礼服，三角钢琴
温室，格栅，杂货店，断头台，发夹，发胶，半履带车，锤子，带盖篮子，吹风机
掌上电脑，手帕，硬盘，口琴，竖琴，收割机，斧头，手枪套，家庭影院，蜂巢
钩子，裙撑，单杠，马车，沙漏，iPod，熨斗，南瓜灯，牛仔裤，吉普车
T 恤，拼图，人力车，操纵杆，和服，护膝，绳结，白大褂，长柄勺，灯罩
笔记本电脑，割草机，镜头盖，拆信刀，图书馆，救生艇，打火机，豪华轿车，远洋班轮，口红
乐福鞋，乳液，扬声器，放大镜，锯木厂，指南针，邮袋，邮箱，连体泳衣，女式泳装
井盖，沙槌，马林巴，面具，火柴，五月柱，迷宫，量杯，药柜，巨石阵
麦克风，微波炉，军装，奶罐，小巴，迷你裙，小型面包车，导弹，连指手套，搅拌碗
活动房屋，福特 T 型车，调制解调器，修道院，显示器，轻便摩托车，研钵，学位帽，清真寺，蚊帐
踏板摩托车，山地自行车，登山帐篷，鼠标，捕鼠器，搬家货车，口套，钉子，颈托，项链
奶嘴，笔记本，方尖碑，双簧管，陶笛，里程表，机油滤清器，管风琴，示波器，罩裙
牛车，氧气面罩，小包，船桨，明轮，挂锁，画笔，睡衣，宫殿，排箫
纸巾，降落伞，双杠，公园长椅，停车计时器，客运车厢，露台，公用电话，基座，铅笔盒
卷笔刀，香水，培养皿，复印机，拨片，尖顶盔，尖桩篱栅，皮卡，栈桥，存钱罐
药瓶，枕头，乒乓球，风车玩具，海盗船，水罐，刨子，天文馆，塑料袋，碗碟架
犁，搋子，拍立得相机，杆子，警车，披风，台球桌，汽水瓶，花盆，陶轮
电钻，祈祷毯，打印机，监狱，投射物，投影仪，冰球，沙袋，钱包，羽毛笔
被子，赛车，球拍，散热器，收音机，射电望远镜，雨水桶，房车，卷轴，单反相机
冰箱，遥控器，餐馆，左轮手枪，步枪，摇椅，烤肉架，橡皮擦，橄榄球，直尺
跑鞋，保险箱，安全别针，盐瓶，凉鞋，纱笼，萨克斯，剑鞘，秤，校车
双桅帆船，记分牌，屏幕，螺丝，螺丝刀，安全带，缝纫机，盾牌，鞋店，日式拉门
购物篮，购物车，铲子，浴帽，浴帘，滑雪板，滑雪面罩，睡袋，计算尺，推拉门
老虎机，呼吸管，雪地摩托，扫雪车，皂液器，足球，袜子，太阳能碟，墨西哥宽檐帽，汤碗
空格键，取暖器，航天飞机，锅铲，快艇，蜘蛛网，纺锤，跑车，聚光灯，舞台
蒸汽机车，钢拱桥，钢鼓，听诊器，披肩，石墙，秒表，炉子，滤网，有轨电车
担架，沙发床，佛塔，潜艇，西装，日晷，太阳镜片，太阳镜，防晒霜，悬索桥
拖把，运动衫，泳裤，秋千，开关，注射器，台灯，坦克，磁带录音机，茶壶
泰迪熊，电视机，网球，茅草屋顶，剧院幕布，顶针，脱粒机，宝座，瓦屋顶，烤面包机
烟草店，马桶座，火炬，图腾柱，拖车，玩具店，拖拉机，半挂卡车，托盘，风衣
三轮车，三体船，三脚架，凯旋门，无轨电车，长号，浴盆，旋转栅门，打字机键盘，雨伞
独轮车，立式钢琴，吸尘器，花瓶，拱顶，天鹅绒，自动售货机，祭衣，高架桥，小提琴
排球，华夫饼机，挂钟，皮夹，衣柜，军用飞机，洗脸盆，洗衣机，水瓶，水壶
水塔，威士忌壶，哨子，假发，纱窗，百叶窗，温莎领带，葡萄酒瓶，机翼，炒锅
木勺，毛线，之字形篱笆，沉船，双桅小帆船，蒙古包，网站，漫画书，填字游戏，路牌
交通信号灯，书皮，菜单，盘子，鳄梨酱，清汤，火锅，乳脂松糕，冰淇淋，冰棍
法棍面包，百吉饼，椒盐卷饼，芝士汉堡，热狗，土豆泥，卷心菜，西兰花，花椰菜，西葫芦
金丝瓜，橡果南瓜，奶油南瓜，黄瓜，洋蓟，甜椒，刺菜蓟，蘑菇，青苹果，草莓
橙子，柠檬，无花果，菠萝，香蕉，菠萝蜜，番荔枝，石榴，干草，培根蛋面
巧克力酱，面团，烘肉卷，披萨，馅饼，墨西哥卷饼，红葡萄酒，浓缩咖啡，杯子，蛋酒
高山，气泡，悬崖，珊瑚礁，间歇泉，湖畔，海岬，沙洲，海岸，山谷
火山，棒球运动员，新郎，潜水员，油菜花，雏菊，黄色杓兰，玉米，橡子，蔷薇果
七叶树果，珊瑚菌，伞菌，鹿花菌，鬼笔菌，地星，灰树花，牛肝菌，玉米穗，卫生纸
`;

/** torchvision's English names. */
export const IMAGENET_CATEGORIES: readonly string[] = ENGLISH.trim().split(/, |\n/);

/** The same categories in Chinese. */
export const IMAGENET_CATEGORIES_ZH: readonly string[] = CHINESE.trim().split(/，|\n/);
