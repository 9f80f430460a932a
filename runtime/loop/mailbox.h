#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "runtime/loop/signal.h"

namespace yoke {

// A queue with one reader on the loop. Unbounded: whoever pushes watches size() and refuses or
// drops.
//
// Threads:   loop thread only.
// Cancellation: pop() throws and takes nothing.
template <class T>
class Mailbox {
 public:
  void push(T item) {
    items_.push_back(std::move(item));
    arrived_.notify();
  }

  bool try_pop(T& item) {
    if (items_.empty()) return false;
    item = std::move(items_.front());
    items_.pop_front();
    return true;
  }

  awaitable<T> pop() {  // one at a time
    while (items_.empty()) co_await arrived_.wait();
    T item = std::move(items_.front());
    items_.pop_front();
    co_return item;
  }

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

 private:
  std::deque<T> items_;
  Signal arrived_;
};

}  // namespace yoke
