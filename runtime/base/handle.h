#pragma once

#include <utility>

namespace yoke {

// A file descriptor that closes itself.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int number) : number_(number) {}
  Handle(Handle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Handle();

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }  // the caller's from here on

 private:
  int number_ = -1;
};

}  // namespace yoke
