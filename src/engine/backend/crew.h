// Threads for operations of our own.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace tsdl {

/** Threads of our own: TensorFlow's are not offered to operations made through its C API. */
class Crew {
 public:
  static Crew& Of() {
    static Crew* crew = new Crew;  // lives as long as the process
    return *crew;
  }
  int64_t Size() const { return size_; }

  /** body(0) … body(parts − 1), also by the caller; returns when all are done. */
  void Share(int64_t parts, const std::function<void(int64_t)>& body) {
    struct Task {
      const std::function<void(int64_t)>* body;
      int64_t parts;
      std::atomic<int64_t> next{0};
      int64_t open;
      std::mutex mutex;
      std::condition_variable done;
      void Work() {
        for (int64_t part; (part = next++) < parts;) {
          (*body)(part);
          std::lock_guard<std::mutex> lock(mutex);
          if (--open == 0) done.notify_all();
        }
      }
    };
    auto task = std::make_shared<Task>();
    task->body = &body;
    task->parts = task->open = parts;
    for (int64_t i = 1; i < std::min(parts, size_); i++) Post([task] { task->Work(); });
    task->Work();
    std::unique_lock<std::mutex> lock(task->mutex);
    task->done.wait(lock, [&] { return task->open == 0; });
  }

 private:
  Crew() {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int64_t count = asked ? std::atoll(asked) : 0;
    size_ = std::max<int64_t>(1, count > 0 ? count : std::thread::hardware_concurrency());
    for (int64_t i = 1; i < size_; i++) std::thread([this] { Run(); }).detach();
  }
  void Post(std::function<void()> work) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      queue_.push_back(std::move(work));
    }
    ready_.notify_one();
  }
  [[noreturn]] void Run() {
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      ready_.wait(lock, [this] { return !queue_.empty(); });
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
  }
  int64_t size_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
};

}  // namespace tsdl
