/** What the corpus talks about: fields of life, their parts, and what can be said of them for better or worse. */

/** A part of something and adjectives that go with it in real Chinese. */
export interface Aspect {
  readonly noun: string;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** A thing that opinions are about, such as a restaurant, and what can be said of it. */
export interface Domain {
  /** This one and another one of its kind, for comparisons. */
  readonly these: readonly [string, string];
  readonly aspects: readonly Aspect[];
}

/** `noun: good good / bad bad` */
function aspect(line: string): Aspect {
  const [noun = '', words = ''] = line.split('：');
  const [good = '', bad = ''] = words.split('/');
  return { noun, good: good.trim().split(' '), bad: bad.trim().split(' ') };
}

const domain = (here: string, there: string, lines: readonly string[]): Domain => ({
  these: [here, there],
  aspects: lines.map(aspect),
});

/** All things that opinions are about. */
export const DOMAINS: readonly Domain[] = [
  domain('这家餐馆', '上次那家餐馆', [
    '味道：地道 鲜美 可口/油腻 寡淡 古怪',
    '服务：热情 周到 贴心/冷淡 敷衍 怠慢',
    '环境：干净 安静 舒适/脏乱 嘈杂 拥挤',
    '价格：实惠 公道 便宜/离谱 虚高 昂贵',
    '食材：新鲜 讲究/陈旧 廉价',
  ]),
  domain('这间酒店', '去年那间酒店', [
    '房间：宽敞 整洁 明亮/狭小 潮湿 阴暗',
    '前台：热情 耐心 专业/傲慢 冷淡 迟钝',
    '早餐：丰盛 可口 精致/单调 难吃 寒酸',
    '位置：方便 好找 理想/偏僻 难找 尴尬',
    '床铺：柔软 舒服/坚硬 难受',
  ]),
  domain('这部电影', '他的上一部电影', [
    '剧情：紧凑 感人 精彩/拖沓 无聊 老套',
    '表演：自然 精湛 细腻/生硬 做作 浮夸',
    '画面：精美 漂亮 大气/粗糙 昏暗 廉价',
    '配乐：动听 贴切/刺耳 突兀',
    '结尾：巧妙 有力 圆满/仓促 牵强 突兀',
  ]),
  domain('这部手机', '我的旧手机', [
    '屏幕：清晰 细腻 护眼/模糊 刺眼 昏暗',
    '系统：流畅 稳定 简洁/卡顿 臃肿 混乱',
    '续航：持久 可靠/糟糕 短暂',
    '手感：舒服 轻巧/笨重 硌手',
    '拍照：清楚 迅速/模糊 迟钝',
  ]),
  domain('这本书', '他的前一本书', [
    '文字：生动 流畅 优美/枯燥 晦涩 啰嗦',
    '内容：充实 新颖 深刻/空洞 陈旧 肤浅',
    '翻译：准确 自然 通顺/生硬 拗口 粗糙',
    '插图：精美 可爱/潦草 难看',
    '结构：清晰 严谨/混乱 松散',
  ]),
  domain('这门课', '上学期那门课', [
    '老师：耐心 风趣 负责/死板 敷衍 严厉',
    '讲解：清楚 透彻 生动/混乱 含糊 枯燥',
    '作业：合理 有趣 实用/繁重 无聊 琐碎',
    '教材：实用 新颖/过时 难懂',
    '考试：公平 简单/刁钻 苛刻',
  ]),
  domain('这家网店', '以前那家网店', [
    '包装：结实 精致 严密/简陋 破烂 潦草',
    '物流：迅速 准时 可靠/缓慢 混乱 拖延',
    '质量：可靠 过硬 上乘/粗糙 低劣 糟糕',
    '客服：耐心 专业 亲切/敷衍 傲慢 迟钝',
    '尺寸：合适 准确/离谱 混乱',
  ]),
  domain('这个景点', '上次那个景点', [
    '风景：迷人 壮观 秀丽/平淡 荒凉 单调',
    '路线：清楚 合理 好走/混乱 崎岖 难走',
    '门票：便宜 实惠 合理/昂贵 离谱 虚高',
    '导游：热情 博学 幽默/冷淡 敷衍 生硬',
    '设施：完善 整洁 方便/破旧 简陋 脏乱',
  ]),
];
