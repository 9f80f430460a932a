#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "runtime/http/client.h"
#include "runtime/http/server.h"
#include "tests/oauth/strict_server.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

// `yoke secrets` and signing in, by the program itself.
namespace yoke::testing {
namespace {

constexpr const char* kValue = "open-sesame-4711";

bool tells(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A loop that runs beside the test, for servers that the program talks to.
class BesideLoop {
 public:
  BesideLoop() : thread_([this] { io.run(); }) {}
  ~BesideLoop() {
    guard_.reset();
    io.stop();
    thread_.join();
  }
  asio::io_context io{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io.get_executor()};
  std::thread thread_;
};

class VaultProject : public TempProject {
 public:
  explicit VaultProject(const std::string& toml = "[secrets]\nKEY = \"vault\"\n")
      : TempProject(YOKE_PROGRAM) {
    write("yoke.toml", toml);
  }
  ProcessOptions with(const Args& args, const std::string& input = {}) const {
    ProcessOptions made = options(args);
    made.env["XDG_DATA_HOME"] = file("data");
    made.input = input;
    return made;
  }
  Ended secrets(Args args, const std::string& input = {}) const {
    args.insert(args.begin(), "secrets");
    return yoke(with(args, input));
  }
  // Every file below that has the text in it.
  std::vector<std::string> files_with(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream all;
      all << in.rdbuf();
      if (tells(all.str(), text)) found.push_back(entry.path().string());
    }
    return found;
  }
};

std::string fetched(const std::string& url) {
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  HttpRequest request;
  request.url = url;
  request.limits.redirects_max = 2;
  const HttpOutcome outcome =
      run(io, client.send(std::move(request), LoopClock::now() + std::chrono::seconds(20)));
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response == nullptr ? std::get<HttpFailure>(outcome).message : response->body;
}

std::string lab_toml(const StrictServer& server) {
  return "[mcp.lab]\nurl = \"" + server.service() + "\"\n";
}

}  // namespace

TEST_CASE("a secret is set from standard input, listed without its value, and removed") {
  const VaultProject project;
  const Ended set = project.secrets({"set", "KEY"}, std::string(kValue) + "\n");
  INFO(set.err);
  CHECK(set.status == 0);
  CHECK_FALSE(tells(set.err, "note:"));
  const Ended list = project.secrets({"list"});
  CHECK(list.status == 0);
  CHECK(tells(list.out, "KEY"));
  CHECK(tells(list.out, "vault"));
  CHECK_FALSE(tells(list.out + list.err, kValue));
  CHECK(project.files_with(kValue).empty());
  CHECK(project.secrets({"remove", "KEY"}).status == 0);
  const Ended again = project.secrets({"remove", "KEY"});
  CHECK(again.status == 1);
  CHECK(tells(again.err, "the vault has no secret 'KEY'"));
  CHECK(tells(project.secrets({"list"}).out, "missing"));
}

TEST_CASE("a secret that nothing refers to is noted, and so is where to write it") {
  const VaultProject project("[secrets]\nKEY = \"env:KEY\"\n[tenants.acme]\n");
  const Ended other = project.secrets({"set", "KEY"}, "x");
  CHECK(tells(other.err, "takes KEY from elsewhere (env:KEY); write there: KEY = \"vault\""));
  const Ended unknown = project.secrets({"set", "MORE", "--tenant", "acme"}, "x");
  CHECK(tells(unknown.err, "[tenants.acme.secrets] in yoke.toml does not name it yet"));
  CHECK(tells(project.secrets({"list"}).out, "vault, unused"));
}

TEST_CASE("what is no name, no tenant or no value is refused") {
  const VaultProject project;
  const Ended name = project.secrets({"set", "sk-1234/abcd"}, "x");
  CHECK(name.status == 2);
  CHECK_FALSE(tells(name.err, "sk-1234"));
  CHECK(project.secrets({"set", "KEY", "--tenant", "A B"}, "x").status == 2);
  const Ended empty = project.secrets({"set", "KEY"}, "\n");
  CHECK(empty.status == 2);
  CHECK(tells(empty.err, "there is no value"));
  // A value is no argument: it would be seen in the list of processes.
  const Ended argument = project.secrets({"set", "KEY", kValue}, "");
  CHECK(argument.status == 2);
}

TEST_CASE("a value that is typed is not shown") {
  const VaultProject project;
  ProcessOptions options = project.with({"secrets", "set", "KEY"});
  options.terminal = true;
  Process process = project.start(options);
  process.wait_for("(it is not shown): ");
  process.type(
      "abX\x7f"
      "c-typed\r");
  const Ended ended = process.wait();
  CHECK(ended.status == 0);
  CHECK_FALSE(tells(ended.out, "typed"));
  CHECK(tells(project.secrets({"list"}).out, "KEY"));
}

TEST_CASE("a writer that is killed leaves the vault as it was before or as it is after") {
  const VaultProject project;
  REQUIRE(project.secrets({"set", "KEY"}, "before").status == 0);
  const auto killed_at = [&](const char* place) {
    ProcessOptions options = project.with({"secrets", "set", "SECOND"}, "after");
    options.env["YOKE_CRASH_AT"] = place;
    return project.yoke(options).status;
  };
  CHECK(killed_at("vault.written") == -9);
  CHECK_FALSE(tells(project.secrets({"list"}).out, "SECOND"));
  CHECK(killed_at("vault.renamed") == -9);
  CHECK(tells(project.secrets({"list"}).out, "SECOND"));
  CHECK(project.secrets({"set", "THIRD"}, "later").status == 0);
  CHECK(project.files_with("after").empty());
}

TEST_CASE("a vault that was changed is refused, and so is another key") {
  const VaultProject project;
  REQUIRE(project.secrets({"set", "KEY"}, kValue).status == 0);
  ProcessOptions other = project.with({"secrets", "list"});
  other.env["XDG_DATA_HOME"] = project.file("none");
  other.env["YOKE_VAULT_KEY"] = "a passphrase of another";
  const Ended wrong = project.yoke(other);
  CHECK(wrong.status != 0);
  CHECK(tells(wrong.err, "sealed with another key (the key tried is that of YOKE_VAULT_KEY)"));
  std::string text = project.read(".yoke/vault");
  const std::size_t at = text.find("\"sealed\": \"") + 15;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  {
    std::ofstream out(project.file(".yoke/vault"), std::ios::binary);
    out << text;
  }
  const Ended changed = project.secrets({"set", "KEY"}, "x");
  CHECK(changed.status != 0);
  CHECK(tells(changed.err, "was changed since it was written"));
}

TEST_CASE("a tool is given a secret of the vault, and nobody sees it") {
  BesideLoop beside;
  std::string seen;
  HttpServer server(beside.io.get_executor(), [&](HttpRequest request) -> awaitable<HttpReply> {
    seen = std::string(request.headers.get("X-Api-Key"));
    HttpReply reply;
    reply.body = "you sent " + seen;
    co_return reply;
  });
  const Result<std::uint16_t> port = server.listen("127.0.0.1", 0);
  REQUIRE(port.has_value());
  const std::string host = "127.0.0.1:" + std::to_string(*port);
  const VaultProject project;
  project.write(
      "tools/ask.lua",
      "return tool { name = 'ask.it', description = 'Asks.', input = {}, effect = 'read', "
      "permissions = { net = { '" +
          host + "' }, secrets = { KEY = { host = '" + host +
          "', header = 'X-Api-Key' } } },\n run = function() return { said = http.get('http://" +
          host + "/').body } end }");
  REQUIRE(project.secrets({"set", "KEY"}, kValue).status == 0);
  const Ended granted = project.yoke(project.with({"tools", "grant", "ask.it"}));
  INFO(granted.err);
  const Ended called = project.yoke(project.with({"tools", "call", "ask.it", "{}", "--yes"}));
  INFO(called.err);
  CHECK(called.status == 0);
  CHECK(seen == kValue);
  CHECK(tells(called.out, "you sent"));
  CHECK_FALSE(tells(called.out + called.err, kValue));
  CHECK(project.files_with(kValue).empty());
}

TEST_CASE("signing in prints an address, waits for the browser and keeps what it got") {
  BesideLoop beside;
  StrictServer server(beside.io.get_executor());
  const VaultProject project(lab_toml(server));
  Process login = project.start(project.with({"mcp", "login", "lab", "--json"}));
  const std::optional<std::string> line = login.line();
  REQUIRE(line);
  const std::string url = Json::parse(*line).at("url").get<std::string>();
  CHECK(tells(fetched(url), "Yoke has the answer"));
  const Ended ended = login.wait();
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(tells(ended.err, "signed in at " + server.issuer() + " as client client-1"));
  CHECK(server.problems == std::vector<std::string>{});
  for (const std::string& token : server.live) {
    CHECK_FALSE(tells(ended.out + ended.err, token));
    CHECK(project.files_with(token).empty());
  }
  CHECK(tells(project.secrets({"list"}).out, "mcp/lab"));
  const Ended out = project.yoke(project.with({"mcp", "logout", "lab"}));
  INFO(out.err);
  CHECK(out.status == 0);
  CHECK(server.live.empty());
  CHECK_FALSE(tells(project.secrets({"list"}).out, "mcp/lab"));
}

TEST_CASE("without a browser the address that another's ended at is pasted") {
  BesideLoop beside;
  StrictServer server(beside.io.get_executor());
  const VaultProject project(lab_toml(server));
  ProcessOptions options = project.with({"mcp", "login", "lab", "--code", "--json"});
  options.talks = true;
  Process login = project.start(options);
  const std::optional<std::string> line = login.line();
  REQUIRE(line);
  // Nobody listens where the browser is sent: its address bar is what counts.
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  HttpRequest request;
  request.url = Json::parse(*line).at("url").get<std::string>();
  const HttpOutcome outcome =
      run(io, client.send(std::move(request), LoopClock::now() + std::chrono::seconds(20)));
  REQUIRE(std::holds_alternative<HttpResponse>(outcome));
  login.type(std::string(std::get<HttpResponse>(outcome).headers.get("Location")) + "\n");
  login.close_input();
  const Ended ended = login.wait();
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(server.problems == std::vector<std::string>{});
}

TEST_CASE("what cannot be signed in to says what to write") {
  const VaultProject project(
      "[mcp.files]\ncommand = [\"files\"]\n[plugins.weather]\npath = "
      "\"p\"\n[plugins.weather.auth]\n"
      "secret = \"KEY\"\n[secrets]\nKEY = \"vault\"\n");
  const auto said = [&](const Args& args) { return project.yoke(project.with(args)).err; };
  CHECK(
      tells(said({"mcp", "login", "fils"}), "no [mcp.fils] in yoke.toml (did you mean 'files'?)"));
  CHECK(tells(said({"mcp", "login", "files"}), "[mcp.files] runs a command"));
  CHECK(tells(said({"plugins", "login", "weather"}), "is not signed in to: it takes a key"));
  CHECK(tells(said({"plugins", "login", "other"}), "write [plugins.other.auth] into yoke.toml"));
}

TEST_CASE("what is wrong in a section about signing in is told with its line") {
  const auto said = [](const std::string& toml) {
    const VaultProject project(toml);
    return project.secrets({"list"}).err;
  };
  CHECK(tells(said("[auth.GRAPH]\nclient = \"x\"\n"), "yoke.toml:2"));
  CHECK(tells(said("[auth.GRAPH]\nclient = \"x\"\n"), "'client_id'"));
  CHECK(tells(said("[auth.GRAPH]\nkind = \"key\"\n"), "must be one of none, api_key"));
  CHECK(tells(said("[auth.GRAPH]\nkind = \"api_key\"\n"), "'auth.GRAPH.secret' is missing"));
  CHECK(tells(said("[auth.GRAPH]\ntoken_url = \"https://a.example/t\"\n"), "authorization_url"));
  const std::string value = said("[auth.GRAPH]\nsecret = \"sk-12 34\"\n");
  CHECK(tells(value, "must be the name of a secret"));
  CHECK_FALSE(tells(value, "sk-12"));
  CHECK(tells(said("[secrets]\n\"a b\" = \"vault\"\n"), "a name in the vault is"));
}

}  // namespace yoke::testing
