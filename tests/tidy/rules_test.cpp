#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/tidy/fixture.h"
#include "tests/tidy/outline.h"
#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

using FileRule = Findings (*)(const Source&);

std::vector<std::string> brief(const Findings& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    lines.push_back(std::to_string(finding.line) + ": " + finding.rule);
  }
  return lines;
}

// Each example of the fixture file is found fault with exactly where it says so. There must be
// examples of both sorts, lest a rule that finds all or nothing should pass.
void hold_to_fixtures(FileRule rule, const std::string& name) {
  int good = 0;
  int bad = 0;
  for (const Example& example : examples_of(read_text("tests/tidy/fixtures/" + name))) {
    ++(example.expected.empty() ? good : bad);
    INFO(name << ", the example\n" << example.source.text);
    CHECK(brief(rule(example.source)) == example.expected);
  }
  CHECK(good > 0);
  CHECK(bad > 0);
}

std::string repeat(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

Findings limits_of(const std::string& path, const std::string& text) {
  return check_limits(cut_source(path, text));
}

Source file(const std::string& path, const std::string& text = "") {
  return cut_source(path, text);
}

}  // namespace

TEST_CASE("the await rules find what g++ 12 miscompiles and nothing else") {
  hold_to_fixtures(check_awaits, "awaits.txt");
}

TEST_CASE("the include rules follow the picture of the folders") {
  hold_to_fixtures(check_includes, "includes.txt");
}

TEST_CASE("the banned words are found in code but not in strings") {
  hold_to_fixtures(check_words, "words.txt");
}

TEST_CASE("the limits see nesting, long lines and unguarded headers") {
  hold_to_fixtures(check_limits, "limits.txt");
}

TEST_CASE("the names of tests must say a behaviour") {
  hold_to_fixtures(check_test_names, "test_names.txt");
}

TEST_CASE("a path of one machine is found wherever it stands") {
  const std::string home = std::string("/ho") + "me/ann/yoke";
  CHECK(brief(check_places(file("docs/a.md", "one\nsee " + home + "\n"))) ==
        std::vector<std::string>{"2: machine-path"});
  CHECK(check_places(file("docs/a.md", "https://example.org" + home.substr(0, 5) + "\n")).empty());
  CHECK(
      brief(check_places(file("a.json", std::string("\"https://registry.") + "npmjs.org/x\"\n"))) ==
      std::vector<std::string>{"1: registry"});
}

TEST_CASE("a function is measured from its head to its closing brace") {
  const std::string head = "int f(\n    int a) {\n";
  CHECK(limits_of("tools/a.cpp", head + repeat("  ++a;\n", 67) + "}\n").empty());
  CHECK(brief(limits_of("tools/a.cpp", head + repeat("  ++a;\n", 68) + "}\n")) ==
        std::vector<std::string>{"1: function-length"});
}

TEST_CASE("a long namespace, class or table is no long function") {
  const std::string body = repeat("  int a;\n", 90);
  CHECK(limits_of("tools/a.cpp", "namespace a {\n" + body + "}\n").empty());
  CHECK(limits_of("tools/a.cpp", "class A : public B<int> {\n" + body + "};\n").empty());
  CHECK(limits_of("tools/a.cpp", "const int t[] = {\n" + repeat("  1,\n", 90) + "};\n").empty());
}

TEST_CASE("a member function and a constructor with a list are measured too") {
  const std::string body = repeat("    ++a_;\n", 80);
  const std::string open = "class A {\n public:\n";
  CHECK(brief(limits_of("tools/a.cpp",
                        open + "  void f() const noexcept {\n" + body + "  }\n};\n")) ==
        std::vector<std::string>{"3: function-length"});
  CHECK(brief(limits_of("tools/a.cpp", open + "  A() : a_{1}, b_(2) {\n" + body + "  }\n};\n")) ==
        std::vector<std::string>{"3: function-length"});
}

TEST_CASE("a source may have five hundred lines and a header two hundred") {
  CHECK(limits_of("tools/a.cpp", repeat("\n", 500)).empty());
  CHECK(brief(limits_of("tools/a.cpp", repeat("\n", 501))) ==
        std::vector<std::string>{"501: file-length"});
  CHECK(limits_of("tools/a.h", "#pragma once\n" + repeat("\n", 199)).empty());
  CHECK(brief(limits_of("tools/a.h", "#pragma once\n" + repeat("\n", 200))) ==
        std::vector<std::string>{"201: file-length"});
}

TEST_CASE("a source that no build names and a header nobody includes are dead") {
  const Source build =
      file("tools/CMakeLists.txt", "yoke_library(yoke_tools SOURCES a.cpp in/b.cpp)");
  const Source user = file("tools/a.cpp", "#include \"tools/a.h\"\n");
  CHECK(check_dead_files({build, user, file("tools/a.h"), file("tools/in/b.cpp")}).empty());
  CHECK(brief(check_dead_files({build, user, file("tools/a.h"), file("tools/c.cpp")})) ==
        std::vector<std::string>{"1: dead-file"});
  CHECK(brief(check_dead_files({build, user, file("tools/a.h"), file("tools/c.h")})) ==
        std::vector<std::string>{"1: dead-file"});
}

TEST_CASE("two files may not define one type, but for those of a file alone") {
  const auto in = [](const std::string& path, const std::string& code) {
    return file(path, "namespace yoke {\n" + code + "\n}\n");
  };
  const Source access = in("tools/a.h", "enum class Access : int { none };");
  for (const char* same : {"class Access final : public Port<int> {};", "union Access {};",
                           "struct [[nodiscard]] Access {};",
                           "template <class T, template <class> class U>\nclass Access {};"}) {
    INFO(same);
    CHECK(brief(check_type_names({access, in("hosts/b.cpp", same)})).size() == 1);
  }
  CHECK(brief(check_type_names({access, in("hosts/b.h", "\nclass Access {};")})) ==
        std::vector<std::string>{"3: type-name"});
  for (const char* other :
       {"class Access;", "struct Access::Parts {};", "namespace { struct Access {}; }",
        "namespace hook { struct Access {}; }", "struct Key { enum Access {}; };",
        "template <> struct Access<int> {};", "void f() { struct Access {}; }"}) {
    INFO(other);
    CHECK(check_type_names({access, in("hosts/b.cpp", other)}).empty());
  }
  CHECK(check_type_names({access, in("tests/b.cpp", "struct Access {};")}).empty());
}

TEST_CASE("a folder that no folder above adds to the build is dead") {
  const Source root = file("CMakeLists.txt", "add_subdirectory(tests)");
  const Source tests = file("tests/CMakeLists.txt", "foreach(folder base store)");
  CHECK(check_dead_files({root, tests, file("tests/store/CMakeLists.txt")}).empty());
  CHECK(brief(check_dead_files({root, tests, file("tests/stor/CMakeLists.txt")})) ==
        std::vector<std::string>{"1: dead-file"});
}

TEST_CASE("a project that stands alone needs no folder above it") {
  const Source root = file("CMakeLists.txt", "add_subdirectory(tests)");
  const Source alone = file("examples/a/CMakeLists.txt", "# its own\nproject(A LANGUAGES CXX)");
  CHECK(check_dead_files({root, alone}).empty());
}

TEST_CASE("only the headers that a folder lists are open to other folders") {
  const Source readme =
      file("sandbox/README.md", "# Sandbox\n## Public headers\n- `vm.h`: runs Lua\n");
  const std::vector<Source> folder = {readme, file("sandbox/vm.h"), file("sandbox/state.h")};
  const auto with = [&](const Source& user) {
    std::vector<Source> tree = folder;
    tree.push_back(user);
    return brief(check_folders(tree));
  };
  CHECK(with(file("tools/a.cpp", "#include \"sandbox/vm.h\"\n")).empty());
  CHECK(with(file("sandbox/b.cpp", "#include \"sandbox/state.h\"\n")).empty());
  CHECK(with(file("tests/sandbox/a.cpp", "#include \"sandbox/state.h\"\n")).empty());
  CHECK(with(file("sandbox/inner/b.cpp", "#include \"sandbox/state.h\"\n")).empty());
  CHECK(with(file("tools/a.cpp", "\n#include \"sandbox/state.h\"\n")) ==
        std::vector<std::string>{"2: private-header"});
}

TEST_CASE("a folder with headers has a short README that lists existing ones") {
  const Source header = file("models/router.h");
  CHECK(brief(check_folders({header})) == std::vector<std::string>{"1: folder-readme"});
  const std::string list = "## Public headers\n- `router.h`\n";
  CHECK(check_folders({header, file("models/README.md", list)}).empty());
  CHECK(brief(check_folders({header, file("models/README.md", list + "- `gone.h`\n")})) ==
        std::vector<std::string>{"1: public-header"});
  CHECK(brief(check_folders({header, file("models/README.md", list + repeat("\n", 60))})) ==
        std::vector<std::string>{"61: folder-readme"});
}

TEST_CASE("a public header does not pull its libraries into others") {
  const Source readme = file("runtime/http/README.md", "## Public headers\n- `client.h`\n");
  CHECK(check_folders({readme, file("runtime/http/client.h", "#include <string>\n")}).empty());
  CHECK(brief(check_folders(
            {readme, file("runtime/http/client.h", "#include <boost/beast/http.hpp>\n")})) ==
        std::vector<std::string>{"1: public-header"});
}

TEST_CASE("strings, comments and digit separators do not confuse the cutter") {
  const Source source = file("tools/a.cpp",
                             "auto a = R\"x(}\" { )\")x\"; // } \n"
                             "int b = 1'000; char c = '{'; /* { */ auto d = \"\\\"{\";\n"
                             "#define OPEN {\n"
                             "void f() { if (b) { g(); } }\n");
  int functions = 0;
  const Outline outline = outline_of(source);
  for (const Brace brace : outline.brace) functions += brace == Brace::function ? 1 : 0;
  CHECK(functions == 1);
  CHECK(source.comments.size() == 2);
}

}  // namespace yoke::tidy
