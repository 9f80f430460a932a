#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "hosts/keyring/secret_service.h"
#include "hosts/keyring/session_cipher.h"
#include "hosts/vault/vault.h"
#include "tests/hosts/keyring/keyring_session.h"

// The keyring against a real one, GNOME Keyring on a bus of the test's own.
namespace yoke {
namespace {

using testing::KeyringSession;
using testing::TempFolder;

constexpr const char* kId = "00112233445566778899aabbccddeeff";
constexpr const char* kKeyText = "aa112233445566778899aabbccddeeff00112233445566778899aabbccddee55";
constexpr std::chrono::milliseconds kShortly{300};

SecretServicePlace place_at(const std::string& address) {
  SecretServicePlace place;
  place.address = address;
  place.within = std::chrono::seconds(30);
  return place;
}

std::string key_said(SecretService& keyring, const std::string& id = kId) {
  const Result<Secret> key = keyring.key(id);
  return key ? key->reveal() : std::string(name_of(key.error().code)) + ": " + key.error().detail;
}

bool has_part(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A socket that takes connections and says nothing.
class MuteBus {
 public:
  MuteBus() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string path = folder_.file("bus");
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(fd_, 8) == 0);
  }
  ~MuteBus() { ::close(fd_); }
  std::string address() const { return "unix:path=" + folder_.file("bus"); }
  std::string folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  int fd_;
};

}  // namespace

TEST_CASE("a key that a keyring keeps is there for another, until it is forgotten") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  SecretService keyring(place_at(session.address()));
  const Result<void> ready = keyring.check();
  INFO((ready ? "" : ready.error().detail));
  REQUIRE(ready.has_value());
  CHECK(has_part(key_said(keyring), "not_found: the keyring has no key for it"));
  REQUIRE(keyring.keep(kId, Secret(kKeyText), "Key of Yoke's vault").has_value());
  SecretService other(place_at(session.address()));
  CHECK(key_said(other) == kKeyText);
  CHECK(has_part(key_said(other, "another"), "not_found"));
  REQUIRE(other.keep(kId, Secret("the next"), "Key of Yoke's vault").has_value());
  CHECK(key_said(keyring) == "the next");
  REQUIRE(keyring.forget(kId).has_value());
  CHECK(has_part(key_said(other), "not_found"));
}

TEST_CASE("who listens on the bus does not read the key") {
  YOKE_NEEDS_KEYRING();
  KeyringSession session;
  SecretService keyring(place_at(session.address()));
  REQUIRE(keyring.check().has_value());
  session.listen();
  REQUIRE(keyring.keep(kId, Secret(kKeyText), "Key of Yoke's vault").has_value());
  CHECK(key_said(keyring) == kKeyText);
  REQUIRE(keyring.forget(kId).has_value());
  const std::string heard = session.heard();
  CHECK(has_part(heard, "member=CreateItem"));
  CHECK(has_part(heard, kId));
  CHECK_FALSE(has_part(heard, kKeyText));
}

TEST_CASE("a keyring that is locked is not waited for, and the error says so") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  SecretService keyring(place_at(session.address()));
  REQUIRE(keyring.keep(kId, Secret(kKeyText), "Key of Yoke's vault").has_value());
  session.lock();
  CHECK(has_part(key_said(keyring), "denied: the keyring is locked; unlock it in the desktop"));
  const Result<void> kept = keyring.keep("another", Secret(kKeyText), "label");
  REQUIRE_FALSE(kept.has_value());
  CHECK(kept.error().code == Errc::denied);
  CHECK(keyring.check().error().code == Errc::denied);
}

TEST_CASE("a keyring that hangs is given up, and then left alone for a while") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  SecretService patient(place_at(session.address()));
  REQUIRE(patient.keep(kId, Secret(kKeyText), "Key of Yoke's vault").has_value());
  SecretServicePlace place = place_at(session.address());
  place.within = kShortly;
  SecretService keyring(place);
  session.freeze(true);
  CHECK(has_part(key_said(keyring), "timed_out: the keyring does not answer (waited 300 ms)"));
  session.freeze(false);
  CHECK(key_said(patient) == kKeyText);
  CHECK(has_part(key_said(keyring), "timed_out"));
}

TEST_CASE("a bus that takes the connection and says nothing is given up") {
  const MuteBus bus;
  SecretServicePlace place = place_at(bus.address());
  place.within = kShortly;
  SecretService keyring(place);
  const Result<void> checked = keyring.check();
  REQUIRE_FALSE(checked.has_value());
  CHECK((checked.error().code == Errc::timed_out || checked.error().code == Errc::unsupported));
}

TEST_CASE("where there is no bus, no library or no keyring, that is what is said") {
  const TempFolder folder;
  SecretService nowhere(session_keyring_place(nullptr, nullptr));
  CHECK(has_part(key_said(nowhere), "unavailable: there is no session bus here"));
  SecretServicePlace place = place_at("unix:path=" + folder.file("bus"));
  place.library = "libnone-such.so.9";
  SecretService bare(place);
  CHECK(has_part(key_said(bare),
                 "unsupported: the keyring is reached through libnone-such.so.9, which this "
                 "system does not have"));
  SecretService gone(place_at("unix:path=" + folder.file("bus")));
  const std::string said = key_said(gone);
  CHECK((has_part(said, "the session bus cannot be reached") || has_part(said, "unsupported")));
  // An address that names a program would start it.
  for (const char* address : {"unixexec:path=/bin/true", "unix:path=/none;unixexec:path=/bin/true",
                              "tcp:host=127.0.0.1,port=9"}) {
    SecretService other(place_at(address));
    CHECK(has_part(key_said(other), "unsupported"));
  }
}

TEST_CASE("the session's bus is the one that is named, or the socket in the runtime folder") {
  const MuteBus bus;
  CHECK(session_keyring_place("unix:path=/run/x", bus.folder().c_str()).address ==
        "unix:path=/run/x");
  CHECK(session_keyring_place(nullptr, bus.folder().c_str()).address == bus.address());
  CHECK(session_keyring_place("", bus.folder().c_str()).address == bus.address());
  CHECK(session_keyring_place(nullptr, "/none/such").address.empty());
  CHECK(session_keyring_place(nullptr, "relative").address.empty());
}

TEST_CASE("both ends of a session agree on a key that nobody between them knows") {
  SessionCipher here;
  SessionCipher there;
  REQUIRE(here.agree(there.public_key()).has_value());
  REQUIRE(there.agree(here.public_key()).has_value());
  for (const std::string& text : {std::string(), std::string("x"), std::string(64, 'k')}) {
    const SessionCipher::Sealed sealed = here.seal(Secret(text));
    const Result<Secret> opened = there.open(sealed.parameters, sealed.value);
    REQUIRE(opened.has_value());
    CHECK(opened->reveal() == text);
  }
  const SessionCipher::Sealed sealed = here.seal(Secret(kKeyText));
  CHECK_FALSE(there.open(sealed.parameters, sealed.value.substr(1)).has_value());
  CHECK_FALSE(there.open("short", sealed.value).has_value());
  const std::string zero(128, '\0');
  for (const std::string& bad :
       {std::string(), zero, zero.substr(1) + '\1', zero + '\2', std::string(128, '\xff')}) {
    CHECK_FALSE(here.agree(bad).has_value());
  }
}

TEST_CASE("a vault whose key is in the keyring opens while that is unlocked") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  const TempFolder folder;
  VaultPlace place;
  place.file = folder.file("store/vault");
  place.key_file = folder.file("data/vault.key");
  place.keyring = std::make_shared<SecretService>(place_at(session.address()));
  Vault vault(place);
  REQUIRE(vault.set(VaultKind::secret, "local", "KEY", Secret("value"), 1).has_value());
  CHECK(vault.look()->home == VaultKeyHome::keyring);
  CHECK(::access(place.key_file.c_str(), F_OK) != 0);
  Vault other(place);
  CHECK((*other.get(VaultKind::secret, "local", "KEY"))->reveal() == "value");
  session.lock();
  // Who has it open goes on; whoever comes later is told.
  CHECK((*other.get(VaultKind::secret, "local", "KEY"))->reveal() == "value");
  Vault late(place);
  const auto refused = late.get(VaultKind::secret, "local", "KEY");
  REQUIRE_FALSE(refused.has_value());
  CHECK(has_part(refused.error().detail,
                 "its key is in the desktop's keyring, and the keyring is "
                 "locked; unlock it"));
  CHECK(has_part(refused.error().detail, "yoke secrets rekey --file"));
}

}  // namespace yoke
