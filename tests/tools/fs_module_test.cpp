#include "tools/broker/fs_module.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using namespace std::string_literals;
using yoke::Errc;
using yoke::Json;
using yoke::Result;
using yoke::ScopeFixture;
using yoke::TempFolder;

namespace {

struct FsFixture {
  explicit FsFixture(const Json& permissions, const yoke::HostFiles& host = {})
      : script(permissions), module(folder(host), pool) {}

  std::shared_ptr<const yoke::ProjectFolder> folder(const yoke::HostFiles& host) const {
    return *yoke::ProjectFolder::open(project.path(), yoke::HostPaths(project.path(), host));
  }

  Result<Json> call(const std::string& function, const Json& args) {
    return yoke::run(loop, module.call(function, args, script.scope));
  }
  std::string denial(const std::string& function, const Json& args) {
    const Result<Json> result = call(function, args);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::denied);
    return result.error().detail;
  }

  boost::asio::io_context loop{1};
  TempFolder project;
  yoke::Pool pool{"files", 1};
  ScopeFixture script;
  yoke::FsModule module;
};

const Json kData = {{"read", {"data"}}};

}  // namespace

TEST_CASE("a granted file is read, and the script's result is tainted by it") {
  FsFixture fs(kData);
  fs.project.write("data/a.txt", "hello");
  CHECK(*fs.call("read", {"data/a.txt"}) == "hello");
  CHECK(fs.script.scope.label() == yoke::Label{});
  CHECK(fs.script.scope.audit() == Json::array({{{"call", "fs.read"},
                                                 {"args", {{"path", "data/a.txt"}}},
                                                 {"verdict", "allow"},
                                                 {"rule", "default"}}}));
}

TEST_CASE("every way out of the granted folder is denied and leaves a trace") {
  FsFixture fs(kData);
  TempFolder outside;
  outside.write("x.txt", "outside");
  fs.project.write("data/a.txt", "a");
  fs.project.write("other/b.txt", "b");
  std::filesystem::create_symlink(outside.at("x.txt"), fs.project.at("data/link"));
  std::filesystem::create_directory_symlink("/proc/self", fs.project.at("data/proc"));
  for (const std::string& path :
       {"other/b.txt"s, "data/../other/b.txt"s, "../x"s, "/etc/passwd"s, "data/a.txt\0.png"s,
        "data/link"s, "data/proc/environ"s, "."s, "database.txt"s, "data/.env"s, ""s,
        fs.project.at("data/a.txt").string(), std::string(5'000, 'a')}) {
    INFO(path);
    fs.denial("read", {path});
  }
  CHECK(fs.script.scope.audit().size() == 13);
  CHECK(*fs.call("read", {"data/a.txt"}) == "a");
}

TEST_CASE("reading does not grant writing, nor writing reading") {
  FsFixture fs(Json({{"read", {"in"}}, {"write", {"out"}}}));
  fs.project.write("in/a.txt", "a");
  fs.project.write("out/b.txt", "b");
  CHECK(fs.denial("write", {"in/a.txt", "x"}).find("permissions.write") != std::string::npos);
  CHECK(fs.denial("remove", {"in/a.txt"}).find("permissions.write") != std::string::npos);
  CHECK(fs.denial("read", {"out/b.txt"}).find("permissions.read") != std::string::npos);
  CHECK(fs.denial("exists", {"out/b.txt"}).find("permissions.read") != std::string::npos);
}

TEST_CASE("what belongs to the host is out of reach even of a whole-project grant") {
  FsFixture fs(Json({{"read", {"."}}, {"write", {"."}}}));
  fs.project.write(".env", "KEY=1");
  fs.project.write("tools/a.lua", "return 1");
  for (const char* path : {".env", "yoke.lock", ".git/config", ".yoke/yoke.db", "sub/.env.local"}) {
    INFO(path);
    fs.denial("read", {path});
    fs.denial("write", {path, "x"});
  }
  CHECK(*fs.call("read", {"tools/a.lua"}) == "return 1");
  fs.denial("write", {"tools/a.lua", "return 2"});
  fs.denial("remove", {"lib/units.lua"});
  CHECK(fs.call("write", {"notes/a.txt", "x"}));
}

TEST_CASE("the store and the files of secrets are out of reach wherever the settings put them") {
  FsFixture fs(Json({{"read", {"."}}, {"write", {".", "data", "keys"}}}),
               {{"data/yoke.db", "keys/k"}, {}});
  fs.project.write("data/yoke.db", "journal");
  fs.project.write("keys/k", "secret");
  for (const char* path : {"data/yoke.db", "keys/k", "keys//./k", "KEYS/K", "Data/Yoke.db"}) {
    INFO(path);
    fs.denial("read", {path});
    fs.denial("stat", {path});
    fs.denial("write", {path, "x"});
    fs.denial("append", {path, "x"});
    fs.denial("remove", {path});
  }
  fs.denial("read", {"data/../keys/k"});
  CHECK(fs.call("list", {"keys"})->empty());
  CHECK(fs.call("write", {"data/notes.txt", "x"}));
  CHECK(fs.project.read("keys/k") == "secret");
}

TEST_CASE("a hidden file is out of reach under its other names, and through the links to it") {
  TempFolder elsewhere;
  elsewhere.write("key", "secret");
  FsFixture fs(Json({{"read", {"."}}, {"write", {"."}}}),
               {{"link/yoke.db", elsewhere.path() + "/key"}, {}});
  fs.project.write("real/yoke.db", "journal");
  std::filesystem::create_directory_symlink(fs.project.at("real"), fs.project.at("link"));
  std::filesystem::create_hard_link(elsewhere.at("key"), fs.project.at("copy"));
  for (const char* path : {"real/yoke.db", "copy"}) {
    INFO(path);
    fs.denial("read", {path});
    fs.denial("write", {path, "x"});
    fs.denial("append", {path, "x"});
    fs.denial("remove", {path});
  }
}

TEST_CASE("a wide grant does not write code, wherever the settings put it") {
  FsFixture fs(Json({{"write", {".", "src"}}}), {{}, {"mytools", "src/tools", "models.d/m.lua"}});
  for (const char* path : {"mytools/a.lua", "MyTools/lib.txt", "src/tools/a.lua", "models.d/m.lua",
                           "agent.lua", "deep/in/agent.LUA"}) {
    INFO(path);
    fs.denial("write", {path, "x"});
    fs.denial("remove", {path});
  }
  CHECK(fs.call("write", {"src/main.c", "x"}));
  FsFixture named(Json({{"write", {"src", "src/tools"}}}), {{}, {"src/tools"}});
  CHECK(named.call("write", {"src/tools/a.lua", "return 1"}));
}

TEST_CASE("a grant that names a script folder does reach it") {
  FsFixture fs(Json({{"write", {"tools/generated"}}}));
  CHECK(fs.call("write", {"tools/generated/a.lua", "return 1"}));
  fs.denial("write", {"tools/a.lua", "return 2"});
}

TEST_CASE("files are written with the folders they need, appended to, listed and removed") {
  FsFixture fs(Json({{"read", {"out"}}, {"write", {"out"}}}));
  REQUIRE(fs.call("write", {"out/2026/a.txt", "one"}));
  REQUIRE(fs.call("append", {"out/2026/a.txt", " two"}));
  CHECK(fs.project.read("out/2026/a.txt") == "one two");
  CHECK(*fs.call("exists", {"out/2026/a.txt"}) == true);
  CHECK(fs.call("stat", {"out/2026/a.txt"})->at("size") == 7);
  CHECK(fs.call("list", {"out"})->at(0) == Json{{"name", "2026"}, {"kind", "folder"}, {"size", 0}});
  REQUIRE(fs.call("remove", {"out/2026/a.txt"}));
  CHECK(*fs.call("exists", {"out/2026/a.txt"}) == false);
  CHECK(fs.call("stat", {"out/2026/a.txt"})->is_null());
}

TEST_CASE("writing alone does not taint the script") {
  FsFixture fs(Json({{"write", {"out"}}}));
  REQUIRE(fs.call("write", {"out/a.txt", "x"}));
  CHECK(fs.script.scope.label() == yoke::kTrustedPublic);
}

TEST_CASE("a large file is read in parts that end between characters") {
  FsFixture fs(kData);
  const std::string text =
      "ab\xc3\xa9"
      "cd\xe2\x82\xac";
  fs.project.write("data/a.txt", text);
  std::string whole;
  for (int turn = 0; turn < 10; ++turn) {
    const Result<Json> part =
        fs.call("read", {"data/a.txt", {{"offset", whole.size()}, {"length", 5}}});
    REQUIRE(part);
    if (part->get<std::string>().empty()) break;
    whole += part->get<std::string>();
  }
  CHECK(whole == text);
}

TEST_CASE("a file over the bound is refused with its size and a way to read it") {
  FsFixture fs(kData);
  fs.project.write("data/big.csv", std::string((1 << 20) + 1, 'x'));
  const Result<Json> refused = fs.call("read", {"data/big.csv"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail ==
        "'data/big.csv' has 1048577 bytes; fs.read takes at most 1048576: read it in parts, "
        "fs.read(path, { offset = 0, length = 65536 })");
}

TEST_CASE("what is no UTF-8 is read by naming its encoding") {
  FsFixture fs(kData);
  fs.project.write("data/old.txt", "caf\xe9");
  const Result<Json> refused = fs.call("read", {"data/old.txt"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("is no UTF-8 text") != std::string::npos);
  CHECK(*fs.call("read", {"data/old.txt", {{"encoding", "latin1"}}}) == "caf\xc3\xa9");
  CHECK(*fs.call("read", {"data/old.txt", {{"encoding", "base64"}}}) == "Y2Fm6Q==");
  CHECK(fs.call("read", {"data/old.txt", {{"encoding", "latin"}}})
            .error()
            .detail.find("did you mean 'latin1'") != std::string::npos);
}

TEST_CASE("a rule of policy that denies or asks ends an inner request") {
  FsFixture fs(kData);
  fs.project.write("data/a.txt", "a");
  fs.script.policy.verdicts["fs.read"] = yoke::Verdict::deny;
  CHECK(fs.denial("read", {"data/a.txt"}) ==
        "fs.read is denied by the policy rule rule of fs.read");
  fs.script.policy.verdicts["fs.read"] = yoke::Verdict::ask;
  CHECK(fs.denial("read", {"data/a.txt"}).find("nobody can be asked") != std::string::npos);
  CHECK(fs.script.policy.asked.at(0).args == Json{{"path", "data/a.txt"}});
  CHECK(fs.script.scope.audit().at(1).at("verdict") == "deny");
}

TEST_CASE("wrong arguments of a file function name the function and the argument") {
  FsFixture fs(Json({{"read", {"."}}, {"write", {"."}}}));
  CHECK(fs.call("read", Json::array()).error().detail == "fs.read: argument 1 must be a string");
  CHECK(fs.call("write", {"a.txt"}).error().detail == "fs.write: argument 2 must be a string");
  CHECK(fs.call("read", {"a", {{"ofset", 1}}}).error().detail.find("did you mean 'offset'") !=
        std::string::npos);
  CHECK(fs.call("raed", {"a"}).error().detail == "there is no fs.raed (did you mean 'read'?)");
}
