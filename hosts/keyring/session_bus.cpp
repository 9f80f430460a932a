#include "hosts/keyring/session_bus.h"

#include <dlfcn.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kShownOfPeer = 160;

// Each address of the list is a socket: others would start programs.
bool is_socket_address(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = list.find(';');
    if (!list.substr(0, end).starts_with("unix:")) return false;
    list = end == list.npos ? std::string_view() : list.substr(end + 1);
  }
  return true;
}

Error no_bus(int failed) {
  const std::string why = std::generic_category().message(-failed);
  return Error{Errc::unavailable, "the session bus cannot be reached (" + why + ")"};
}

Error no_answer() { return Error{Errc::timed_out, "the keyring does not answer"}; }

Error refusal_of(const sd_bus_error& said, int failed) {
  const std::string_view name = said.name == nullptr ? "" : said.name;
  const std::string text = said.message == nullptr ? "" : said.message;
  if (failed == -ETIMEDOUT || name == "org.freedesktop.DBus.Error.NoReply" ||
      name == "org.freedesktop.DBus.Error.Timeout" ||
      name == "org.freedesktop.DBus.Error.TimedOut") {
    return no_answer();
  }
  if (name == "org.freedesktop.Secret.Error.IsLocked") {
    return Error{Errc::denied, "the keyring is locked"};
  }
  if (name == "org.freedesktop.Secret.Error.NoSuchObject" ||
      name == "org.freedesktop.DBus.Error.UnknownObject") {
    return Error{Errc::not_found, "the keyring has no such thing"};
  }
  if (name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
      name == "org.freedesktop.DBus.Error.NameHasNoOwner" ||
      name.starts_with("org.freedesktop.DBus.Error.Spawn.")) {
    return Error{Errc::unavailable, "no keyring runs in this session"};
  }
  if (name.empty()) return no_bus(failed);
  return Error{Errc::unavailable,
               "the keyring refuses: " +
                   printable(shorten(text.empty() ? std::string(name) : text, kShownOfPeer))};
}

}  // namespace

Result<std::unique_ptr<BusFunctions>> BusFunctions::load(const std::string& library) {
  auto made = std::make_unique<BusFunctions>();
  made->handle_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  bool all = made->handle_ != nullptr;
  const auto find = [&]<class F>(F& function, const char* name) {
    if (all) function = reinterpret_cast<F>(::dlsym(made->handle_, name));
    all = all && function != nullptr;
  };
  find(made->bus_new, "sd_bus_new");
  find(made->set_address, "sd_bus_set_address");
  find(made->set_bus_client, "sd_bus_set_bus_client");
  find(made->start, "sd_bus_start");
  find(made->is_ready, "sd_bus_is_ready");
  find(made->process, "sd_bus_process");
  find(made->wait, "sd_bus_wait");
  find(made->call, "sd_bus_call");
  find(made->close_unref, "sd_bus_close_unref");
  find(made->error_free, "sd_bus_error_free");
  find(made->new_method_call, "sd_bus_message_new_method_call");
  find(made->message_unref, "sd_bus_message_unref");
  find(made->append_basic, "sd_bus_message_append_basic");
  find(made->append_array, "sd_bus_message_append_array");
  find(made->open_container, "sd_bus_message_open_container");
  find(made->close_container, "sd_bus_message_close_container");
  find(made->read_basic, "sd_bus_message_read_basic");
  find(made->read_array, "sd_bus_message_read_array");
  find(made->enter_container, "sd_bus_message_enter_container");
  find(made->exit_container, "sd_bus_message_exit_container");
  find(made->at_end, "sd_bus_message_at_end");
  if (all) return made;
  return Error{Errc::unsupported,
               "the keyring is reached through " + library + ", which this system does not have"};
}

BusFunctions::~BusFunctions() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

BusMessage& BusMessage::text(char type, const std::string& value) {
  note(functions_->append_basic(raw(), type, value.c_str()));
  return *this;
}

BusMessage& BusMessage::flag(bool value) {
  const int word = value ? 1 : 0;
  note(functions_->append_basic(raw(), 'b', &word));
  return *this;
}

BusMessage& BusMessage::bytes(const std::string& value) {
  note(functions_->append_array(raw(), 'y', value.data(), value.size()));
  return *this;
}

BusMessage& BusMessage::open(char type, const char* contents) {
  note(functions_->open_container(raw(), type, contents));
  return *this;
}

BusMessage& BusMessage::close() {
  note(functions_->close_container(raw()));
  return *this;
}

std::string BusMessage::read_text(char type) {
  const char* value = nullptr;
  const int read = functions_->read_basic(raw(), type, &value);
  note(read > 0 ? 0 : -ENODATA);
  return read > 0 && value != nullptr ? value : "";
}

bool BusMessage::read_flag() {
  int value = 0;
  const int read = functions_->read_basic(raw(), 'b', &value);
  note(read > 0 ? 0 : -ENODATA);
  return read > 0 && value != 0;
}

std::string BusMessage::read_bytes() {
  const void* value = nullptr;
  std::size_t size = 0;
  const int read = functions_->read_array(raw(), 'y', &value, &size);
  note(read);
  return read < 0 || value == nullptr ? "" : std::string(static_cast<const char*>(value), size);
}

void BusMessage::enter(char type, const char* contents) {
  note(functions_->enter_container(raw(), type, contents) > 0 ? 0 : -ENODATA);
}

void BusMessage::leave() { note(functions_->exit_container(raw())); }

bool BusMessage::at_end() { return !good_ || functions_->at_end(raw(), 0) != 0; }

Result<std::unique_ptr<SessionBus>> SessionBus::connect(std::unique_ptr<BusFunctions> functions,
                                                        const std::string& address,
                                                        Clock::time_point deadline) {
  if (!is_socket_address(address)) {
    return Error{Errc::unsupported, "the session bus is no local socket"};
  }
  sd_bus* bus = nullptr;
  const int made = functions->bus_new(&bus);
  if (made < 0) return no_bus(made);
  auto self = std::make_unique<SessionBus>(std::move(functions), bus, deadline);
  const BusFunctions& of = *self->functions_;
  int result = of.set_address(bus, address.c_str());
  if (result >= 0) result = of.set_bus_client(bus, 1);
  if (result >= 0) result = of.start(bus);
  if (result < 0) return no_bus(result);
  if (const Result<void> greeted = self->greet(); !greeted) return greeted.error();
  return self;
}

// Until the bus has said who we are: sd_bus_call() would wait for that without our deadline.
Result<void> SessionBus::greet() {
  while (true) {
    const int processed = functions_->process(bus_.get(), nullptr);
    if (processed < 0) return no_bus(processed);
    const int ready = functions_->is_ready(bus_.get());
    if (ready < 0) return no_bus(ready);
    if (ready > 0) return {};
    const std::uint64_t left = left_us();
    if (left == 0) return Error{Errc::timed_out, "the session bus does not answer"};
    if (processed > 0) continue;
    const int waited = functions_->wait(bus_.get(), left);
    if (waited < 0 && waited != -EINTR) return no_bus(waited);
  }
}

std::uint64_t SessionBus::left_us() const {
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - Clock::now()).count();
  return left > 0 ? static_cast<std::uint64_t>(left) : 0;
}

BusMessage SessionBus::message(const Method& method) const {
  sd_bus_message* made = nullptr;
  functions_->new_method_call(bus_.get(), &made, method.destination, method.path.c_str(),
                              method.interface, method.member);
  return {*functions_, made};
}

Result<BusMessage> SessionBus::call(const BusMessage& message) {
  if (message.raw() == nullptr || !message.is_good()) {
    return Error{Errc::unavailable, "the keyring cannot be asked: a message could not be made"};
  }
  const std::uint64_t left = left_us();
  if (left == 0) return no_answer();
  sd_bus_error said = SD_BUS_ERROR_NULL;
  sd_bus_message* answer = nullptr;
  const int called = functions_->call(bus_.get(), message.raw(), left, &said, &answer);
  if (called >= 0) return BusMessage(*functions_, answer);
  const Error refused = refusal_of(said, called);
  functions_->error_free(&said);
  return refused;
}

}  // namespace yoke
