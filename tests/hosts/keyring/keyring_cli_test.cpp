#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/hosts/keyring/keyring_session.h"
#include "tests/support/temp_project.h"

// `yoke secrets` with the key of its vault in a real keyring, and moving it.
namespace yoke::testing {
namespace {

constexpr const char* kKept = "sesame-in-the-vault";

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class KeyProject : public TempProject {
 public:
  explicit KeyProject(std::string bus = {}) : TempProject(YOKE_PROGRAM), bus_(std::move(bus)) {
    write("yoke.toml", "[secrets]\nKEY = \"vault\"\n");
  }
  std::map<std::string, std::string> env = {};

  ProcessOptions with(const Args& args, const std::string& input = {}) const {
    ProcessOptions made = options(args);
    made.env = env;
    made.env["XDG_DATA_HOME"] = file("data");
    if (!bus_.empty()) made.env["DBUS_SESSION_BUS_ADDRESS"] = bus_;
    made.input = input;
    return made;
  }
  Ended set(const std::string& name, const std::string& value) const {
    return yoke(with({"secrets", "set", name}, value));
  }
  Ended rekey(Args args = {}) const {
    args.insert(args.begin(), {"secrets", "rekey"});
    return yoke(with(args));
  }
  Ended list() const { return yoke(with({"secrets", "list"})); }
  bool opens() const { return says(list().out, "KEY "); }
  int killed_at(const char* place, Args args) const {
    args.insert(args.begin(), {"secrets", "rekey"});
    ProcessOptions made = with(args);
    made.env["YOKE_CRASH_AT"] = place;
    return yoke(made).status;
  }
  std::string key_file() const { return file("data/yoke/vault.key"); }
  bool has_key_file() const { return std::filesystem::exists(key_file()); }
  std::string doctor_line() const {
    std::istringstream out(yoke(with({"doctor"})).out);
    for (std::string line; std::getline(out, line);) {
      if (line.find(" vault ") != std::string::npos) return line;
    }
    return "";
  }

 private:
  std::string bus_;
};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("where a keyring is, it holds the key of a new vault, and yoke says so") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  const KeyProject project(session.address());
  CHECK(says(project.doctor_line(), "none yet"));
  CHECK(says(project.doctor_line(), "its key in the desktop's keyring"));
  const Ended set = project.set("KEY", kKept);
  INFO(set.err);
  CHECK(set.status == 0);
  CHECK(says(set.err, "made that vault; its key is in the desktop's keyring"));
  CHECK_FALSE(project.has_key_file());
  CHECK(project.opens());
  CHECK_FALSE(says(project.set("SECOND", "x").err, "made that vault"));
  CHECK(says(project.doctor_line(), "ok    vault"));
  CHECK(says(project.doctor_line(), "2 kept; its key is in the desktop's keyring"));
}

TEST_CASE("a file that is named for the key, or a key that is given, comes before the keyring") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  KeyProject named(session.address());
  named.env["YOKE_VAULT_KEY_FILE"] = "own.key";
  CHECK(says(named.set("KEY", kKept).err, "/own.key"));
  KeyProject given(session.address());
  given.env["YOKE_VAULT_KEY"] = "a passphrase of mine";
  CHECK(says(given.set("KEY", kKept).err, "its key is in YOKE_VAULT_KEY"));
}

TEST_CASE("the key goes from the file to the keyring and back, and the secrets stay") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  KeyProject project(session.address());
  project.env["YOKE_VAULT_KEY_FILE"] = "own.key";
  REQUIRE(project.set("KEY", kKept).status == 0);
  const std::string before = project.read("own.key");
  const Ended in = project.rekey({"--keyring"});
  INFO(in.err);
  CHECK(in.status == 0);
  CHECK(says(in.err, "has a new key, in the desktop's keyring"));
  CHECK(says(in.err, "the old one is still in "));
  CHECK(project.read("own.key") == before);
  std::filesystem::remove(project.file("own.key"));
  CHECK(project.opens());
  const Ended out = project.rekey({"--file", "--forget"});
  INFO(out.err);
  CHECK(out.status == 0);
  CHECK(says(out.err, "the old one is no longer in the desktop's keyring"));
  CHECK(project.read("own.key") != before);
  session.lock();
  CHECK(project.opens());
}

TEST_CASE("a new key takes the place of the old one, in the keyring and in the file") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  const KeyProject project(session.address());
  REQUIRE(project.set("KEY", kKept).status == 0);
  const std::string before = project.read(".yoke/vault");
  CHECK(project.rekey({"--forget"}).status == 0);
  CHECK(project.opens());
  // Whoever put an old copy back has no key for it any more.
  const std::string after = project.read(".yoke/vault");
  std::ofstream(project.file(".yoke/vault"), std::ios::binary) << before;
  CHECK(says(project.list().err, "the keyring has no key for it"));
  std::ofstream(project.file(".yoke/vault"), std::ios::binary) << after;
  CHECK(project.opens());
}

TEST_CASE("a locked or silent keyring fails what needs it, in time and with the mend") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  const KeyProject project(session.address());
  REQUIRE(project.set("KEY", kKept).status == 0);
  session.lock();
  const Ended locked = project.list();
  CHECK(locked.status != 0);
  CHECK(says(locked.err, "its key is in the desktop's keyring, and the keyring is locked; unlock"));
  CHECK(says(project.doctor_line(), "bad   vault"));
  session.freeze(true);
  const Ended silent = project.list();
  CHECK(silent.status != 0);
  CHECK(says(silent.err, "the keyring does not answer (waited 5000 ms)"));
  // A vault that does not need it is made without it.
  const KeyProject other(session.address());
  CHECK(says(other.set("KEY", kKept).err, "/data/yoke/vault.key"));
  session.freeze(false);
}

TEST_CASE("whenever a change of the key is cut short, the vault opens") {
  YOKE_NEEDS_KEYRING();
  const KeyringSession session;
  for (const char* to : {"--keyring", "--file"}) {
    for (const char* place :
         {"vault.key.kept", "vault.written", "vault.renamed", "vault.key.used"}) {
      const KeyProject project(session.address());
      REQUIRE(project.set("KEY", kKept).status == 0);
      INFO(to << " " << place);
      CHECK(project.killed_at(place, {to, "--forget"}) == -9);
      CHECK(project.opens());
      CHECK(project.rekey({to, "--forget"}).status == 0);
      CHECK(project.opens());
      CHECK(project.set("SECOND", "later").status == 0);
    }
  }
}

TEST_CASE("without a keyring the key is in its file, and a new one goes before the old") {
  const KeyProject project;
  REQUIRE(says(project.set("KEY", kKept).err, "its key is in " + project.key_file()));
  CHECK(says(project.doctor_line(), "1 kept; its key is in " + project.key_file()));
  const Ended none = project.rekey({"--keyring"});
  CHECK(none.status != 0);
  CHECK(says(none.err, "there is no session bus here (DBUS_SESSION_BUS_ADDRESS)"));
  const std::string first = project.read("data/yoke/vault.key");
  CHECK(project.rekey().status == 0);
  const std::string both = project.read("data/yoke/vault.key");
  CHECK(lines_in(both) == 2);
  CHECK(both.ends_with(first));
  CHECK(project.opens());
  CHECK(project.rekey({"--forget"}).status == 0);
  const std::string third = project.read("data/yoke/vault.key");
  CHECK(lines_in(third) == 2);
  CHECK(third.ends_with(first));
  CHECK(project.opens());
  const Ended two = project.rekey({"--file", "--env"});
  CHECK(two.status == 2);
  CHECK(says(two.err, "say one of --keyring, --file and --env"));
}

TEST_CASE("whenever a change of the file's key is cut short, this and other vaults open") {
  for (const char* place : {"vault.written", "vault.written:2", "vault.renamed", "vault.renamed:2",
                            "vault.key.kept", "vault.key.used"}) {
    KeyProject project;
    KeyProject other;
    other.env["YOKE_VAULT_KEY_FILE"] = project.key_file();
    REQUIRE(project.set("KEY", kKept).status == 0);
    REQUIRE(other.set("KEY", kKept).status == 0);
    INFO(place);
    CHECK(project.killed_at(place, {}) == -9);
    CHECK(project.opens());
    CHECK(other.opens());
    CHECK(project.rekey().status == 0);
    CHECK(project.opens());
  }
}

TEST_CASE("a key that is given is followed by the next, both opening the vault meanwhile") {
  KeyProject project;
  project.env["YOKE_VAULT_KEY"] = "the first passphrase";
  REQUIRE(project.set("KEY", kKept).status == 0);
  const Ended alone = project.rekey();
  CHECK(alone.status == 2);
  CHECK(says(alone.err, "set the one that is to follow it as YOKE_VAULT_KEY_NEXT beside it"));
  project.env["YOKE_VAULT_KEY_NEXT"] = "the second passphrase";
  const Ended done = project.rekey();
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(says(done.err, "now put YOKE_VAULT_KEY_NEXT into the place of YOKE_VAULT_KEY"));
  CHECK_FALSE(says(done.err + done.out, "passphrase"));
  CHECK(project.opens());
  project.env = {{"YOKE_VAULT_KEY", "the second passphrase"}};
  CHECK(project.opens());
  project.env = {{"YOKE_VAULT_KEY", "the first passphrase"}};
  CHECK(says(project.list().err, "sealed with another key"));
  // And from there to the file, and back.
  project.env = {{"YOKE_VAULT_KEY", "the second passphrase"}};
  CHECK(says(project.rekey({"--file"}).err, "YOKE_VAULT_KEY can go"));
  project.env.clear();
  CHECK(project.opens());
  project.env = {{"YOKE_VAULT_KEY", "the third passphrase"}};
  CHECK(project.rekey({"--env", "--forget"}).status == 0);
  CHECK_FALSE(project.has_key_file());
  CHECK(project.opens());
}

TEST_CASE("a vault that is not there has no key to change") {
  const KeyProject project;
  const Ended none = project.rekey();
  CHECK(none.status != 0);
  CHECK(says(none.err, "it is not there yet (yoke secrets set NAME)"));
  CHECK_FALSE(project.has_key_file());
}

}  // namespace yoke::testing
