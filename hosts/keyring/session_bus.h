#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "runtime/base/result.h"

namespace yoke {

// What is used of libsystemd. The library is loaded when it is needed: where there is a desktop
// there is one, and a program that would be linked to it would not start on a system without.
struct BusFunctions {
  static constexpr const char* kLibrary = "libsystemd.so.0";
  // unsupported: it cannot be loaded.
  static Result<std::unique_ptr<BusFunctions>> load(const std::string& library);
  BusFunctions() = default;
  BusFunctions(const BusFunctions&) = delete;
  BusFunctions& operator=(const BusFunctions&) = delete;
  ~BusFunctions();

  decltype(&::sd_bus_new) bus_new = nullptr;
  decltype(&::sd_bus_set_address) set_address = nullptr;
  decltype(&::sd_bus_set_bus_client) set_bus_client = nullptr;
  decltype(&::sd_bus_start) start = nullptr;
  decltype(&::sd_bus_is_ready) is_ready = nullptr;
  decltype(&::sd_bus_process) process = nullptr;
  decltype(&::sd_bus_wait) wait = nullptr;
  decltype(&::sd_bus_call) call = nullptr;
  decltype(&::sd_bus_close_unref) close_unref = nullptr;
  decltype(&::sd_bus_error_free) error_free = nullptr;
  decltype(&::sd_bus_message_new_method_call) new_method_call = nullptr;
  decltype(&::sd_bus_message_unref) message_unref = nullptr;
  decltype(&::sd_bus_message_append_basic) append_basic = nullptr;
  decltype(&::sd_bus_message_append_array) append_array = nullptr;
  decltype(&::sd_bus_message_open_container) open_container = nullptr;
  decltype(&::sd_bus_message_close_container) close_container = nullptr;
  decltype(&::sd_bus_message_read_basic) read_basic = nullptr;
  decltype(&::sd_bus_message_read_array) read_array = nullptr;
  decltype(&::sd_bus_message_enter_container) enter_container = nullptr;
  decltype(&::sd_bus_message_exit_container) exit_container = nullptr;
  decltype(&::sd_bus_message_at_end) at_end = nullptr;

 private:
  void* handle_ = nullptr;
};

// A message that is written or read. What does not fit is remembered, and told once by is_good().
//
// Ownership: the bus that made it must outlive it.
class BusMessage {
 public:
  BusMessage(const BusFunctions& functions, sd_bus_message* message)
      : functions_(&functions), message_(message, functions.message_unref) {}

  BusMessage& text(char type, const std::string& value);  // 's' or 'o'
  BusMessage& flag(bool value);
  BusMessage& bytes(const std::string& value);
  BusMessage& open(char type, const char* contents);
  BusMessage& close();

  std::string read_text(char type);
  bool read_flag();
  std::string read_bytes();
  void enter(char type, const char* contents);
  void leave();
  bool at_end();  // of the container

  bool is_good() const { return good_; }
  sd_bus_message* raw() const { return message_.get(); }

 private:
  void note(int result) { good_ = good_ && result >= 0; }

  const BusFunctions* functions_;
  std::unique_ptr<sd_bus_message, decltype(&::sd_bus_message_unref)> message_;
  bool good_ = true;
};

// A connection to the user's session bus, for a few calls that together end by a deadline.
//
// Threads:   one. It blocks, until the deadline at most.
// Errors:    unavailable, denied, not_found, timed_out.
class SessionBus {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<std::unique_ptr<SessionBus>> connect(std::unique_ptr<BusFunctions> functions,
                                                     const std::string& address,
                                                     Clock::time_point deadline);

  // To `destination`, an object and a method of it.
  struct Method {
    const char* destination;
    std::string path;
    const char* interface;
    const char* member;
  };
  BusMessage message(const Method& method) const;
  Result<BusMessage> call(const BusMessage& message);

  // For make_unique alone; use connect().
  SessionBus(std::unique_ptr<BusFunctions> functions, sd_bus* bus, Clock::time_point deadline)
      : functions_(std::move(functions)), bus_(bus, functions_->close_unref), deadline_(deadline) {}

 private:
  Result<void> greet();
  std::uint64_t left_us() const;  // 0: none

  std::unique_ptr<BusFunctions> functions_;
  std::unique_ptr<sd_bus, decltype(&::sd_bus_close_unref)> bus_;
  Clock::time_point deadline_;
};

}  // namespace yoke
