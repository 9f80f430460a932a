#include <algorithm>
#include <catch2/catch.hpp>

#include "tools/lint/linter.h"

namespace yoke::lint {
namespace {

ScriptSource source_of(const std::string& text) {
  ScriptSource source;
  source.name = "tools/t.lua";
  source.text = text;
  return source;
}

// "2: error: …" for each finding but notes.
std::vector<std::string> lines_of(const ScriptSource& source) {
  std::vector<std::string> lines;
  for (const Finding& finding : lint(source)) {
    if (finding.level == Finding::Level::note) continue;
    lines.push_back(to_line(finding).substr(finding.file.size() + 1));
  }
  return lines;
}

std::string told(const std::string& text) {
  const std::vector<std::string> lines = lines_of(source_of(text));
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
  return all;
}

// A tool around a body of `run`, whose first line is the second of the text.
std::string with(const std::string& permissions, const std::string& body) {
  return "return tool { name = 'a.b', description = 'd', permissions = { " + permissions +
         " }, run = function(input, ctx)\n" + body + "\nend }";
}

}  // namespace

TEST_CASE("a script that is well is found no fault with") {
  CHECK(told(R"lua(
local HOST <const> = "api.example"
local cache = {}
local function url(path) return "https://" .. HOST .. path end
goto done
::done::
return {
  tool {
    name = "a.get", description = "Gets.", input = { place = { type = "string", doc = "where" } },
    permissions = { net = { HOST }, kv = "write" },
    run = function(input, ctx)
      local reply = http.get(url("/now"), { query = { q = input.place } })
      local function cut(i) return i ~= 1 and "," or "" end
      for i, each in ipairs(reply.json.list) do cache[i] = each:upper() .. cut(i) end
      for i = 1, 3 do kv.set("n" .. i, #cache) end
      repeat local stop = (kv.get("n1") or 0) > 2 until stop
      while not ctx.deadline do break end
      ctx.progress(1, 2, "half")
      return { n = -2 ^ 2 // 1 | 0x1F & ~3, s = [==[x]]y]==], u = "\u{e9}\x41\65\z
        end", f = 0x.1p4, g = 1e-3, h = 3 .. "" }
    end,
  },
})lua") == "");
}

TEST_CASE("a name that is not there is an error with the nearest name") {
  CHECK(told(with("net = { 'a.example' }", "return htpp.get('https://a.example/')")) ==
        "1: warning: the tool 'a.b' declares permissions.net, and nothing in its code uses it\n"
        "2: error: nothing is named 'htpp' here (did you mean 'http'?)");
  CHECK(told(with("", "local reply = 1\nreturn rpely")) ==
        "3: error: nothing is named 'rpely' here (did you mean 'reply'?)");
  CHECK(told(with("", "return io.open('x')")) ==
        "2: error: 'io' is not there for scripts: use fs.read and fs.write, with permissions.read "
        "and permissions.write");
}

TEST_CASE("a global that is assigned is warned of once, and may be read") {
  CHECK(told(with("", "count = 1\ncount = count + 1\nreturn count")) ==
        "2: warning: 'count' is assigned as a global: write 'local count'");
}

TEST_CASE("scopes are those of Lua") {
  CHECK(told(with("", "do local x = 1 end\nreturn x")) ==
        "3: error: nothing is named 'x' here "
        "(did you mean 'x'?)");
  CHECK(told(with("", "local x = 1; do local y = x; x = y end return x")).empty());
  CHECK(told(with("", "local function f() return f end return f, function(...) return ... end"))
            .empty());
  CHECK(told(with("", "local t = {} function t.a.b:c(x) return self, x end return t")).empty());
  CHECK(told("local http = { get = print } return tool { name = 'a.b', description = 'd', run = "
             "function() return http.anything(1, 2, 3) end }")
            .empty());
}

TEST_CASE("a function that a module does not have brings up the nearest") {
  CHECK(told(with("net = { 'a.example' }", "return http.gett('https://a.example/')")) ==
        "1: warning: the tool 'a.b' declares permissions.net, and nothing in its code uses it\n"
        "2: error: there is no http.gett (did you mean 'get'?)");
  CHECK(told(with("", "local j = json\nreturn j.encod(1)")) ==
        "3: error: there is no json.encod (did you mean 'encode'?)");
  CHECK(told(with("", "return os.getenv('X')")) == "2: error: there is no os.getenv");
  CHECK(told(with("", "return json.null, math.pi, utf8.charpattern")).empty());
  CHECK(told(with("", "return math.pi()")) == "2: error: math.pi is a value, no function");
}

TEST_CASE("a call with too few or too many arguments is an error") {
  CHECK(told(with("", "return json.decode()")) ==
        "2: error: json.decode(text: string): 0 arguments are given");
  CHECK(told(with("", "return text.trim('a', 'b')")) ==
        "2: error: text.trim(text: string): 2 arguments are given");
  CHECK(told(with("", "return text.trim(unknown_many(), 1)")) ==
        "2: error: nothing is named 'unknown_many' here\n"
        "2: error: text.trim(text: string): 2 arguments are given");
  CHECK(told(with("", "return json.decode(select(2, 'a', '1')), json.decode(...)")).empty());
  CHECK(told(with("", "print() print(1, 2, 3) return ipairs()")) ==
        "2: error: ipairs(list: table): 0 arguments are given");
}

TEST_CASE("a module that is used without its permission is an error that shows how to declare it") {
  CHECK(told(with("", "return http.get('https://a.example/')")) ==
        "2: error: http.get needs a permission that the tool 'a.b' does not declare: permissions = "
        "{ net = { \"api.example\" } }");
  CHECK(told(with("kv = 'read'", "kv.set('a', 1) return kv.get('a')")) ==
        "2: error: kv.set needs a permission that the tool 'a.b' does not declare: permissions = { "
        "kv = \"write\" }");
  CHECK(told(with("read = { 'data' }", "fs.write('data/x', '') return fs.read('data/x')")) ==
        "2: error: fs.write needs a permission that the tool 'a.b' does not declare: permissions = "
        "{ write = { \"folder\" } }");
}

TEST_CASE("a permission that nothing uses is warned of") {
  CHECK(told(with("write = { 'notes' }, memory = 'read'", "return {}")) ==
        "1: warning: the tool 'a.b' declares permissions.memory, and nothing in its code uses it\n"
        "1: warning: the tool 'a.b' declares permissions.write, and nothing in its code uses it");
  CHECK(told(with("kv = 'write'", "return kv.list()")) ==
        "1: warning: the tool 'a.b' declares permissions.kv = \"write\" and only reads: \"read\" "
        "would do");
  CHECK(
      told(with("net = { 'a.example', 'b.example' }", "return http.get('https://a.example/x')")) ==
      "1: warning: the tool 'a.b' declares net 'b.example', where no address leads");
}

TEST_CASE("of a module that is handed on nothing is said") {
  CHECK(told(with("net = { 'a.example' }", "local h = { http } return h")).empty());
  CHECK(told("local P = { net = { 'a' .. tostring(1) } } return tool { name = 'a.b', description = "
             "'d', permissions = P, run = function() return http.get('https://x.example/') end }")
            .empty());
}

TEST_CASE("of permissions that the code puts together nothing is said") {
  CHECK(told("local p = {} p.net = { 'a.example' }\nreturn tool { name = 'a.b', description = 'd', "
             "permissions = p, run = function() return http.get('https://b.example/') end }")
            .empty());
}

TEST_CASE("an address or a path outside the grant is an error") {
  CHECK(told(with("net = { 'a.example', '*.b.example' }",
                  "http.get('https://a.example.evil/') http.get('https://x.b.example/')\n"
                  "http.post('http://a.example/') http.request{ url = 'https://c.example' }\n"
                  "return http.get('https://d.example/' .. input.path)")) ==
        "2: error: http.get: 'a.example.evil': permissions.net does not list it\n"
        "3: error: http.post: 'a.example': permissions.net grants it over https only; "
        "\"http://a.example\" would allow this\n"
        "3: error: http.request: 'c.example': permissions.net does not list it\n"
        "4: error: http.get: 'd.example': permissions.net does not list it");
  CHECK(told(with("read = { 'data' }",
                  "local P = 'data/a.csv'\nfs.read(P) fs.read('dat/a')\n"
                  "fs.list('data/../x')\nreturn fs.read(input.path)")) ==
        "3: error: fs.read: 'dat/a': permissions.read does not cover it\n"
        "4: error: fs.list: the path 'data/../x' holds '..': paths stay below the "
        "project folder");
}

TEST_CASE("databases and mail servers count as other powers do") {
  CHECK(told(with("sqlite = { 'data/a.db' }", "return sqlite.query('data/b.db', 'SELECT 1')")) ==
        "2: error: sqlite.query: 'data/b.db': permissions.sqlite does not cover it");
  CHECK(told(with("smtp = { 'smtp.example:587' }", "return {}")) ==
        "1: warning: the tool 'a.b' declares permissions.smtp, and nothing in its code uses it");
  CHECK(
      told(with("", "return mail.send({})")) ==
      "2: error: mail.send needs a permission that the tool 'a.b' does not declare: permissions = "
      "{ smtp = { \"smtp.example:587\" } }");
}

TEST_CASE("code outside the tools counts for any of them, a tool's own for itself") {
  CHECK(told(R"lua(
local function ask() return http.get("https://a.example/") end
return {
  tool { name = "a.one", description = "d", permissions = { net = { "a.example" } }, run = ask },
  tool { name = "a.two", description = "d", run = function() return fs.read("x") end },
})lua") ==
        "5: error: fs.read needs a permission that the tool 'a.two' does not declare: permissions "
        "= { read = { \"folder\" } }");
}

TEST_CASE("libraries are looked at with the script, under their own names") {
  ScriptSource source = source_of("local u = require 'lib.u'\n" + with("", "return u.x()"));
  source.libs = {{"lib.u",
                  "local m = {}\nfunction m.x() return http.get('https://a.example/') end\n"
                  "return m"}};
  const std::vector<Finding> findings = lint(source);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].file == "lib/u.lua");
  CHECK(findings[0].line == 2);
  CHECK(findings[0].rule == "undeclared-permission");
}

TEST_CASE("a library that is not there, or whose name is computed, is an error") {
  CHECK(
      told("local a = require 'lib.a' local b = require('lib.' .. tostring(a)) local c = require "
           "'socket' " +
           with("", "return a, b, c")) ==
      "1: error: require 'lib.a': there is no lib/a.lua\n"
      "1: error: require 'socket': a library's name begins with \"lib.\"\n"
      "1: error: require takes a literal name such as \"lib.units\": what it needs is read before "
      "it runs");
}

TEST_CASE("a tool without a description is an error, an input without doc a note") {
  const std::vector<Finding> findings = lint(source_of(
      "return tool {\n  name = 'a.b',\n  input = { n = 'integer', m = { 'string', doc = 'm' } },\n"
      "  run = function() return {} end }"));
  REQUIRE(findings.size() == 2);
  CHECK(
      to_line(findings[0]) ==
      "tools/t.lua:1: error: the tool 'a.b' has no description: a model will not know when to use "
      "it");
  CHECK(to_line(findings[1]) ==
        "tools/t.lua:3: note: the tool 'a.b': input.n has no doc: a model sees its name and type "
        "alone");
  CHECK(to_text(to_json(findings[1])).find("\"rule\":\"no-doc\"") != std::string::npos);
}

TEST_CASE("what run reads of input and ctx is held against what they have") {
  CHECK(told("return tool { name = 'a.b', description = 'd',\n input = { place = { 'string', doc = "
             "'p' } },\n run = function(input, ctx) return { input.plcae, ctx.runid, input.place } "
             "end }") ==
        "3: error: ctx has no 'runid' (did you mean 'run_id'?)\n"
        "3: warning: input has no 'plcae' (did you mean 'place'?)");
}

TEST_CASE("what is no Lua is an error with its line, and nothing else is said") {
  CHECK(told("local x = 1\nreturn tool {\n  name = = 2\n}") ==
        "3: error: '=' stands where an expression should");
  CHECK(told("if x then\n  y()\n") ==
        "3: error: 'end' is missing before 'the end of the text' (it closes 'if' of line 1)");
  CHECK(told("x = 'a\ny = 1") == "1: error: a text is not closed by '");
  CHECK(told("x = [[a\n\n") == "1: error: a long text that begins here is not closed by ']]'");
  CHECK(told("x = 3x") == "1: error: '3x' is no number");
  CHECK(told("x = '\\q'") == "1: error: there is no escape \\q");
  CHECK(told("f() = 1") == "1: error: this cannot be assigned to");
  CHECK(told("x") ==
        "1: error: 'the end of the text' stands where a statement should go on or begin");
  CHECK(told("return 1 x = 2") == "1: error: 'x' stands behind a return");
  CHECK(told("x = $") == "1: error: a character that Lua does not know");
}

TEST_CASE("every end of a line that Lua knows is one") {
  CHECK(told("local s = 'a\\\r\nb' -- c\rnone()\n\rnone2() return s") ==
        "3: error: nothing is named 'none' here\n4: error: nothing is named 'none2' here");
}

TEST_CASE("what nests without end is a finding, and a long text is no deep one") {
  const auto many = [](const std::string& part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += part;
    return text;
  };
  for (const std::string part :
       {"(", "{", "function() return ", "- ", "not ", "x[", "a(", "'a' .. "}) {
    INFO(part);
    CHECK(told("return " + many(part, 50'000)).find("this nests too deeply") != std::string::npos);
  }
  CHECK(told("return x" + many(".x", 50'000)) == "1: error: this chain is too long");
  CHECK(told("local x = 1 return x" + many(" + x", 20'000)).empty());
  CHECK(told("local x = 1 " + many("if x then x = 2 else ", 1'000) + many(" end", 1'000))
            .find("this nests too deeply") != std::string::npos);
  CHECK(told("local x = 1 if x then" + many(" elseif x then", 20'000) + " end return x").empty());
  CHECK(told(many("local a = 1 ", 20'000) + " return a").empty());
}

}  // namespace yoke::lint
