#include <catch2/catch.hpp>

#include "hosts/keys/key_text.h"
#include "runtime/base/text.h"
#include "tests/support/mock_socket.h"
#include "tests/support/temp_project.h"

// `yoke keys …`, as a person types it.
namespace yoke::testing {
namespace {

struct Project : TempProject {
  Project() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[tenants.acme.secrets]\n[backends.demo]\npreset = \"scripted\"\n"
          "script = \"demo.lua\"\n[routes.default]\ntargets = [\"demo/demo\"]\n");
    write("demo.lua",
          "return model { name = 'demo', reply = function() return { text = 'x' } end }");
  }
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a key is printed alone, once, and its list shows no secret") {
  Project project;
  const Ended made = project.yoke(Args{"keys", "create", "ci", "--scopes", "run,read"});
  REQUIRE(made.status == 0);
  const std::string key(trim(made.out));
  CHECK(read_key(key).has_value());
  CHECK(made.out == key + "\n");
  CHECK(holds(made.err, "key 'ci' (id " + key.substr(3, 10) + ") of tenant 'local': read,run"));
  CHECK_FALSE(holds(made.err, key));
  const Ended listed = project.yoke(Args{"keys", "list"});
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "ci"));
  CHECK(holds(listed.out, key.substr(3, 10)));
  CHECK_FALSE(holds(listed.out, key.substr(14)));
  const Ended json = project.yoke(Args{"keys", "list", "--json"});
  CHECK_FALSE(holds(json.out, key.substr(14)));
  CHECK_FALSE(holds(json.out, "hash"));
}

TEST_CASE("a revoked key leaves the list, and --all shows who revoked it") {
  Project project;
  REQUIRE(project.yoke(Args{"keys", "create", "ci"}).status == 0);
  CHECK(project.yoke(Args{"keys", "revoke", "ci"}).status == 0);
  CHECK_FALSE(holds(project.yoke(Args{"keys", "list"}).out, "ci"));
  CHECK(holds(project.yoke(Args{"keys", "list", "--all"}).out, "revoked"));
  const Ended again = project.yoke(Args{"keys", "revoke", "ci"});
  CHECK(again.status == 1);
  CHECK(again.err == "yoke: the key 'ci' is revoked already\n");
}

TEST_CASE(
    "what is asked of a key and cannot be is refused in one line, before anything is stored") {
  Project project;
  const auto error_of = [&](Args args) { return project.yoke(args).err; };
  CHECK(error_of({"keys", "create", "C I"}).starts_with("yoke: a key's name is 1 to 64"));
  CHECK(error_of({"keys", "create", "ci", "--rate", "many"})
            .starts_with("yoke: rate: 'many' is no rate: write 60/m"));
  CHECK(error_of({"keys", "create", "ci", "--scopes", "root"})
            .starts_with("yoke: scopes: there is no 'root'"));
  CHECK(project.yoke(Args{"keys", "create", "ci", "--expires", "tomorrow"}).status == 2);
  CHECK(error_of({"keys", "create", "ci", "--expires", "90"}) ==
        "yoke: expires: '90' has no unit: write 90d for days, 12h for hours\n");
  CHECK(error_of({"keys", "revoke", ""}) ==
        "yoke: which key? give its name or id; see 'yoke keys list'\n");
  CHECK(error_of({"keys", "revoke", "ci"}) == "yoke: there is no key 'ci'\n");
  CHECK(project.yoke(Args{"keys", "create", "ci"}).status == 0);
  CHECK(error_of({"keys", "create", "ci"}).starts_with("yoke: there is a key 'ci' (id "));
}

TEST_CASE("a tenant that yoke.toml does not know is made by no slip of typing unseen") {
  Project project;
  const Ended known = project.yoke(Args{"keys", "create", "a", "--tenant", "acme"});
  CHECK_FALSE(holds(known.err, "note:"));
  const Ended slip = project.yoke(Args{"keys", "create", "b", "--tenant", "acmee"});
  CHECK(slip.status == 0);
  CHECK(holds(slip.err, "note: there is no [tenants.acmee] in yoke.toml"));
  CHECK(holds(slip.err, "tenants/acmee/files"));
}

TEST_CASE("the file of the store holds no key") {
  Project project;
  const Ended made = project.yoke(Args{"keys", "create", "ci"});
  const std::string secret(trim(made.out).substr(14, 52));
  for (const char* file : {".yoke/yoke.db", ".yoke/yoke.db-wal"}) {
    CHECK_FALSE(holds(project.read(file), secret));
  }
}

}  // namespace yoke::testing
