#include "hosts/keyring/secret_service.h"

#include <sys/stat.h>

#include <vector>

#include "hosts/keyring/session_bus.h"
#include "hosts/keyring/session_cipher.h"

namespace yoke {
namespace {

constexpr const char* kBusName = "org.freedesktop.secrets";
constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
constexpr const char* kItem = "org.freedesktop.Secret.Item";
constexpr const char* kPrompt = "org.freedesktop.Secret.Prompt";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr const char* kNothing = "/";  // the object path that stands for none
constexpr const char* kSchema = "org.yoke.VaultKey";

Error is_locked() {
  return Error{Errc::denied,
               "the keyring is locked; unlock it in the desktop (sign in there, or open its "
               "password program)"};
}

Error misspoken() {
  return Error{Errc::unavailable, "the keyring answers otherwise than its API says"};
}

// One conversation with the service.
class KeyringTalk {
 public:
  static Result<std::unique_ptr<KeyringTalk>> start(const SecretServicePlace& place);
  explicit KeyringTalk(std::unique_ptr<SessionBus> bus) : bus_(std::move(bus)) {}

  Result<std::string> default_collection();  // one that can be written to
  Result<std::string> item(const std::string& id);
  Result<Secret> secret(const std::string& item);
  Result<void> create(const std::string& collection, const std::string& id, const Secret& key,
                      const std::string& label);
  Result<void> remove(const std::string& item);

 private:
  Result<void> open_session();
  Result<void> unlock(const std::string& path);
  void dismiss(const std::string& prompt);
  Result<bool> collection_is_locked(const std::string& path);

  BusMessage to_service(const char* member) const {
    return bus_->message({kBusName, kServicePath, kService, member});
  }

  std::unique_ptr<SessionBus> bus_;
  SessionCipher cipher_;
  std::string session_;
};

void write_attributes(BusMessage& message, const std::string& id) {
  message.open('a', "{ss}");
  message.open('e', "ss").text('s', "xdg:schema").text('s', kSchema).close();
  message.open('e', "ss").text('s', "vault-key").text('s', id).close();
  message.close();
}

std::vector<std::string> read_paths(BusMessage& message) {
  std::vector<std::string> paths;
  message.enter('a', "o");
  while (!message.at_end()) paths.push_back(message.read_text('o'));
  message.leave();
  return paths;
}

Result<std::unique_ptr<KeyringTalk>> KeyringTalk::start(const SecretServicePlace& place) {
  if (place.address.empty()) {
    return Error{Errc::unavailable, "there is no session bus here (DBUS_SESSION_BUS_ADDRESS)"};
  }
  Result<std::unique_ptr<BusFunctions>> functions =
      BusFunctions::load(place.library.empty() ? BusFunctions::kLibrary : place.library);
  if (!functions) return functions.error();
  Result<std::unique_ptr<SessionBus>> bus = SessionBus::connect(
      std::move(*functions), place.address, SessionBus::Clock::now() + place.within);
  if (!bus) return bus.error();
  auto talk = std::make_unique<KeyringTalk>(std::move(*bus));
  if (const Result<void> opened = talk->open_session(); !opened) return opened.error();
  return talk;
}

Result<void> KeyringTalk::open_session() {
  BusMessage ask = to_service("OpenSession");
  ask.text('s', SessionCipher::kAlgorithm);
  ask.open('v', "ay").bytes(cipher_.public_key()).close();
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  answer->enter('v', "ay");
  const std::string peer_key = answer->read_bytes();
  answer->leave();
  session_ = answer->read_text('o');
  if (!answer->is_good()) return misspoken();
  return cipher_.agree(peer_key);
}

void KeyringTalk::dismiss(const std::string& prompt) {
  (void)bus_->call(bus_->message({kBusName, prompt, kPrompt, "Dismiss"}));
}

// Where that takes nobody's word: an unlocked keyring, or one without a password.
Result<void> KeyringTalk::unlock(const std::string& path) {
  BusMessage ask = to_service("Unlock");
  ask.open('a', "o").text('o', path).close();
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  read_paths(*answer);
  const std::string prompt = answer->read_text('o');
  if (!answer->is_good()) return misspoken();
  if (prompt == kNothing) return {};
  dismiss(prompt);
  return is_locked();
}

Result<bool> KeyringTalk::collection_is_locked(const std::string& path) {
  BusMessage ask = bus_->message({kBusName, path, kProperties, "Get"});
  ask.text('s', kCollection).text('s', "Locked");
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  answer->enter('v', "b");
  const bool locked = answer->read_flag();
  if (!answer->is_good()) return misspoken();
  return locked;
}

Result<std::string> KeyringTalk::default_collection() {
  BusMessage ask = to_service("ReadAlias");
  ask.text('s', "default");
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  std::string path = answer->read_text('o');
  if (!answer->is_good()) return misspoken();
  if (path == kNothing) {
    return Error{Errc::unavailable,
                 "the keyring has no default collection yet; make one in the desktop's password "
                 "program"};
  }
  const Result<bool> locked = collection_is_locked(path);
  if (!locked) return locked.error();
  if (!*locked) return path;
  if (const Result<void> unlocked = unlock(path); !unlocked) return unlocked.error();
  return path;
}

Result<std::string> KeyringTalk::item(const std::string& id) {
  BusMessage ask = to_service("SearchItems");
  write_attributes(ask, id);
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  const std::vector<std::string> open = read_paths(*answer);
  const std::vector<std::string> locked = read_paths(*answer);
  if (!answer->is_good()) return misspoken();
  if (!open.empty()) return open.front();
  if (locked.empty()) {
    return Error{Errc::not_found,
                 "the keyring has no key for it (Yoke's, with vault-key = " + id + ")"};
  }
  if (const Result<void> unlocked = unlock(locked.front()); !unlocked) return unlocked.error();
  return locked.front();
}

Result<Secret> KeyringTalk::secret(const std::string& item) {
  BusMessage ask = bus_->message({kBusName, item, kItem, "GetSecret"});
  ask.text('o', session_);
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  answer->enter('r', "oayays");
  answer->read_text('o');
  const std::string parameters = answer->read_bytes();
  const std::string value = answer->read_bytes();
  if (!answer->is_good()) return misspoken();
  return cipher_.open(parameters, value);
}

Result<void> KeyringTalk::create(const std::string& collection, const std::string& id,
                                 const Secret& key, const std::string& label) {
  BusMessage ask = bus_->message({kBusName, collection, kCollection, "CreateItem"});
  ask.open('a', "{sv}");
  ask.open('e', "sv").text('s', std::string(kItem) + ".Label");
  ask.open('v', "s").text('s', label).close().close();
  ask.open('e', "sv").text('s', std::string(kItem) + ".Attributes").open('v', "a{ss}");
  write_attributes(ask, id);
  ask.close().close().close();
  const SessionCipher::Sealed sealed = cipher_.seal(key);
  ask.open('r', "oayays").text('o', session_).bytes(sealed.parameters).bytes(sealed.value);
  ask.text('s', "text/plain").close();
  ask.flag(true);  // instead of one with the same attributes
  Result<BusMessage> answer = bus_->call(ask);
  if (!answer) return answer.error();
  answer->read_text('o');
  const std::string prompt = answer->read_text('o');
  if (!answer->is_good()) return misspoken();
  if (prompt == kNothing) return {};
  dismiss(prompt);
  return is_locked();
}

Result<void> KeyringTalk::remove(const std::string& item) {
  Result<BusMessage> answer = bus_->call(bus_->message({kBusName, item, kItem, "Delete"}));
  if (!answer) return answer.error();
  const std::string prompt = answer->read_text('o');
  if (!answer->is_good()) return misspoken();
  if (prompt == kNothing) return {};
  dismiss(prompt);
  return is_locked();
}

Result<Secret> key_in(KeyringTalk& talk, const std::string& id) {
  const Result<std::string> item = talk.item(id);
  if (!item) return item.error();
  return talk.secret(*item);
}

}  // namespace

SecretServicePlace session_keyring_place(const char* bus_address, const char* runtime_folder) {
  SecretServicePlace place;
  if (bus_address != nullptr && *bus_address != '\0') {
    place.address = bus_address;
    return place;
  }
  if (runtime_folder == nullptr || *runtime_folder != '/') return place;
  const std::string socket = std::string(runtime_folder) + "/bus";
  struct stat seen {};
  const bool is_plain = socket.find_first_of("%,;:=") == socket.npos;
  if (is_plain && ::stat(socket.c_str(), &seen) == 0 && S_ISSOCK(seen.st_mode)) {
    place.address = "unix:path=" + socket;
  }
  return place;
}

// One question, unless the last was not answered.
template <class T, class Ask>
Result<T> SecretService::asked(Ask ask) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const Error silent{Errc::timed_out, "the keyring does not answer (waited " +
                                          std::to_string(place_.within.count()) + " ms)"};
  if (silent_since_ && now - *silent_since_ < kRest) return silent;
  silent_since_.reset();
  Result<std::unique_ptr<KeyringTalk>> talk = KeyringTalk::start(place_);
  Result<T> answer = talk ? ask(**talk) : Result<T>(talk.error());
  if (answer || answer.error().code != Errc::timed_out) return answer;
  silent_since_ = std::chrono::steady_clock::now();
  return silent;
}

Result<void> SecretService::check() {
  return asked<void>([](KeyringTalk& talk) -> Result<void> {
    const Result<std::string> collection = talk.default_collection();
    if (!collection) return collection.error();
    return {};
  });
}

Result<Secret> SecretService::key(const std::string& id) {
  return asked<Secret>([&](KeyringTalk& talk) { return key_in(talk, id); });
}

Result<void> SecretService::keep(const std::string& id, const Secret& key,
                                 const std::string& label) {
  return asked<void>([&](KeyringTalk& talk) -> Result<void> {
    const Result<std::string> collection = talk.default_collection();
    if (!collection) return collection.error();
    if (const Result<void> made = talk.create(*collection, id, key, label); !made) return made;
    const Result<Secret> kept = key_in(talk, id);
    if (!kept) return kept.error();
    if (kept->reveal() == key.reveal()) return {};
    return Error{Errc::unavailable, "the keyring gives back another key than it was given"};
  });
}

Result<void> SecretService::forget(const std::string& id) {
  return asked<void>([&](KeyringTalk& talk) -> Result<void> {
    const Result<std::string> item = talk.item(id);
    if (!item) return item.error();
    return talk.remove(*item);
  });
}

}  // namespace yoke
