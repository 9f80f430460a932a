#pragma once

#include <optional>
#include <string>

#include "tests/support/temp_project.h"

namespace yoke::testing {

// A session bus of its own with GNOME Keyring on it, in a home of its own; nothing of the real
// session is touched.
class KeyringSession {
 public:
  KeyringSession();
  ~KeyringSession();
  KeyringSession(const KeyringSession&) = delete;
  KeyringSession& operator=(const KeyringSession&) = delete;

  // Whether the programs that it needs are here; else a test says so and passes.
  static bool can_run();

  const std::string& address() const { return address_; }
  void lock() const;               // all of it, as when a person goes away
  void freeze(bool frozen) const;  // it answers nothing, for as long
  void listen();        // to all that crosses the bus, as another program of the user can
  std::string heard();  // since then
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  int keyring_pid() const;
  Ended send(const Args& args) const;

  TempFolder folder_;
  std::string address_;
  std::optional<Process> bus_;
  std::optional<Process> listener_;
};

}  // namespace yoke::testing

#define YOKE_NEEDS_KEYRING()                                                           \
  if (!::yoke::testing::KeyringSession::can_run()) {                                   \
    WARN(                                                                              \
        "SKIPPED: no real keyring can be started here; it takes libsystemd.so.0 and: " \
        "apt-get install dbus gnome-keyring");                                         \
    return;                                                                            \
  }
