#include "tests/hosts/keyring/keyring_session.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>

namespace yoke::testing {
namespace {

constexpr const char* kBusDaemon = "/usr/bin/dbus-daemon";
constexpr const char* kSend = "/usr/bin/dbus-send";
constexpr const char* kMonitor = "/usr/bin/dbus-monitor";
constexpr const char* kKeyring = "/usr/bin/gnome-keyring-daemon";

std::string bus_config(const std::string& folder) {
  return "<busconfig><type>session</type><listen>unix:path=" + folder + "/bus</listen>" +
         "<auth>EXTERNAL</auth><servicedir>" + folder + "/services</servicedir>" +
         "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>" +
         "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n";
}

}  // namespace

bool KeyringSession::can_run() {
  for (const char* program : {kBusDaemon, kSend, kMonitor, kKeyring}) {
    if (::access(program, X_OK) != 0) return false;
  }
  void* library = ::dlopen("libsystemd.so.0", RTLD_LAZY);
  if (library != nullptr) ::dlclose(library);
  return library != nullptr;
}

// The bus starts the keyring when it is first asked, and makes whoever asks wait until it is there.
KeyringSession::KeyringSession() {
  const std::string folder = folder_.path();
  folder_.write("bus.conf", bus_config(folder));
  folder_.write("password", "of the login keyring");
  folder_.write("home/.empty", "");
  folder_.write("keyring.sh", "echo $$ > " + folder + "/pid\nexec " + kKeyring +
                                  " --unlock --foreground --components=secrets < " + folder +
                                  "/password\n");
  folder_.write(
      "services/org.freedesktop.secrets.service",
      "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/sh " + folder + "/keyring.sh\n");
  ProcessOptions options;
  options.args = {"--config-file=" + folder + "/bus.conf", "--nofork", "--nopidfile",
                  "--print-address"};
  options.dir = folder + "/home";
  options.env["HOME"] = folder + "/home";
  options.env["XDG_RUNTIME_DIR"] = folder;
  bus_.emplace(kBusDaemon, options);
  const std::optional<std::string> line = bus_->line();
  if (!line) throw std::runtime_error("the session bus did not start: " + bus_->wait().err);
  address_ = *line;
  // Started now: a slow machine takes longer to than what asks it later waits for an answer.
  const Ended there = send({"org.freedesktop.DBus.Peer.Ping"});
  if (there.status != 0) throw std::runtime_error("the keyring did not start: " + there.err);
}

KeyringSession::~KeyringSession() {
  const int pid = keyring_pid();
  if (pid > 0) ::kill(pid, SIGKILL);
}

int KeyringSession::keyring_pid() const {
  if (::access(file("pid").c_str(), R_OK) != 0) return -1;
  const std::string text = folder_.read("pid");
  return text.empty() ? -1 : std::stoi(text);
}

Ended KeyringSession::send(const Args& args) const {
  ProcessOptions options;
  options.args = {"--bus=" + address_, "--print-reply", "--reply-timeout=120000",
                  "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"};
  options.args.insert(options.args.end(), args.begin(), args.end());
  return Process(kSend, options).wait();
}

void KeyringSession::lock() const {
  const Ended ended = send({"org.freedesktop.Secret.Service.Lock",
                            "array:objpath:/org/freedesktop/secrets/collection/login"});
  if (ended.status != 0) throw std::runtime_error("the keyring was not locked: " + ended.err);
}

void KeyringSession::freeze(bool frozen) const {
  const int pid = keyring_pid();
  if (pid <= 0) throw std::runtime_error("the keyring does not run");
  ::kill(pid, frozen ? SIGSTOP : SIGCONT);
}

void KeyringSession::listen() {
  ProcessOptions options;
  options.args = {"--address", address_};
  listener_.emplace(kMonitor, options);
  listener_->wait_for("NameLost");
}

std::string KeyringSession::heard() {
  listener_->wait_for("member=Delete");
  listener_->signal(SIGTERM);
  return listener_->wait().out;
}

}  // namespace yoke::testing
