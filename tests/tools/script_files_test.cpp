#include "tools/script_files.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using yoke::Errc;
using yoke::TempFolder;

namespace {

std::string names_in(std::string_view text) {
  std::string all;
  for (const auto& wanted : yoke::find_requirements(text)) {
    all += wanted.name + ":" + std::to_string(wanted.line) + " ";
  }
  return all;
}

}  // namespace

TEST_CASE("required libraries are found in code, not in comments or strings") {
  CHECK(names_in("local u = require \"lib.units\"\nlocal v = require('lib.geo.area')") ==
        "lib.geo.area:2 lib.units:1 ");
  CHECK(names_in("require [[lib.a]]") == "lib.a:1 ");
  CHECK(names_in("-- require 'lib.a'\n--[[ require 'lib.b' ]] --[==[\nrequire 'lib.c' ]==]") == "");
  CHECK(names_in("local s = \"require 'lib.a'\" .. 'x\\'require' .. [=[require 'lib.b']=]") == "");
  CHECK(names_in("my.require 'lib.a'; my:require 'lib.b'; requires 'lib.c'") == "");
  CHECK(names_in("require 'lib.a' require 'lib.a'") == "lib.a:1 ");
}

TEST_CASE("only a plain name below lib is a library") {
  for (const std::string name : {"lib", "lib.", "units", "lib...x", "lib./etc", "lib.a-b", "os"}) {
    CHECK(names_in("require '" + name + "'") == "");
  }
  CHECK(names_in("require(name)") == "");
  CHECK(names_in("require 'lib.open").empty());  // no Lua: it will not load
}

TEST_CASE("a script is read with the libraries of its libraries") {
  TempFolder project;
  project.write("tools/a.lua", "local u = require 'lib.units'\nreturn tool {}");
  project.write("lib/units.lua", "return require 'lib.math.base'");
  project.write("lib/math/base.lua", "local again = 'x' -- require 'lib.no'\nreturn {}");
  project.write("lib/unused.lua", "return {}");
  const auto source = yoke::read_script(project.path(), "tools/a.lua");
  REQUIRE(source);
  CHECK(source->name == "tools/a.lua");
  REQUIRE(source->libs.size() == 2);
  CHECK(source->libs[0].first == "lib.math.base");
  CHECK(source->libs[1].first == "lib.units");
}

TEST_CASE("libraries that require each other are read once each") {
  TempFolder project;
  project.write("a.lua", "require 'lib.x'");
  project.write("lib/x.lua", "require 'lib.y'");
  project.write("lib/y.lua", "require 'lib.x'");
  const auto source = yoke::read_script(project.path(), "a.lua");
  REQUIRE(source);
  CHECK(source->libs.size() == 2);
}

TEST_CASE("a missing library is an error at the line that requires it") {
  TempFolder project;
  project.write("tools/a.lua", "\n\nlocal u = require 'lib.units'");
  const auto source = yoke::read_script(project.path(), "tools/a.lua");
  REQUIRE_FALSE(source);
  CHECK(source.error().message() ==
        "tools/a.lua:3: there is no library 'lib.units' (lib/units.lua)");
}

TEST_CASE("a script over a bound is refused with the bound") {
  TempFolder project;
  project.write("big.lua", std::string(100, '-'));
  project.write("many.lua", "require 'lib.a' require 'lib.b'");
  project.write("lib/a.lua", "");
  project.write("lib/b.lua", "");
  yoke::ScriptFileLimits limits;
  limits.file_bytes_max = 99;
  CHECK(yoke::read_script(project.path(), "big.lua", limits).error().code == Errc::too_large);
  limits.libs_max = 1;
  CHECK(yoke::read_script(project.path(), "many.lua", limits).error().code == Errc::too_large);
  CHECK(yoke::read_script(project.path(), "none.lua").error().code == Errc::not_found);
}

TEST_CASE("the scripts of a folder are listed in order, without their tests") {
  TempFolder project;
  for (const char* name : {"tools/b.lua", "tools/a.lua", "tools/a_test.lua", "tools/notes.txt",
                           "tools/.hidden.lua", "tools/sub/c.lua"}) {
    project.write(name, "");
  }
  CHECK(*yoke::list_scripts(project.path(), "tools") ==
        std::vector<std::string>{"tools/a.lua", "tools/b.lua"});
  CHECK(*yoke::list_scripts(project.path(), "tools/b.lua") ==
        std::vector<std::string>{"tools/b.lua"});
  CHECK(yoke::list_scripts(project.path(), "nowhere")->empty());
}

TEST_CASE("a stranger's script has the libraries beside it and never the project's") {
  TempFolder project;
  project.write("lib/own.lua", "return 'own code'");
  project.write("tools/third_party/x.lua", "require 'lib.own'");
  const std::string path = "tools/third_party/x.lua";
  const std::string folder = yoke::library_folder_of(project.path(), path);
  CHECK(folder == "tools/third_party");
  const auto refused = yoke::read_script(project.path(), path, {}, folder);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "there is no library 'lib.own' (tools/third_party/lib/own.lua)");
  project.write("tools/third_party/lib/own.lua", "return 'theirs'");
  CHECK(yoke::read_script(project.path(), path, {}, folder)->libs.at(0).second ==
        "return 'theirs'");
}
