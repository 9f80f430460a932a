#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "runtime/base/text.h"
#include "tests/support/temp_project.h"

// What is made of the verbs themselves: completions, manual pages, and the licences of what is
// linked.
namespace yoke::testing {
namespace {

class MadeOfVerbs : public TempProject {
 public:
  MadeOfVerbs() : TempProject(YOKE_PROGRAM) {}

  std::string completions(const std::string& shell) const {
    const Ended ended = yoke(Args{"completions", shell});
    REQUIRE(ended.status == 0);
    return ended.out;
  }
  ProcessOptions of_shell() const {
    ProcessOptions options;
    options.dir = file("");
    return options;
  }
  // What bash offers for the last word.
  std::string offered(const std::string& words) const {
    write("yoke.bash", completions("bash"));
    ProcessOptions options;
    options.args = {"-c", "source " + file("yoke.bash") + "; COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _yoke; "
                              "echo \"${COMPREPLY[*]}\""};
    const Ended ended = Process("/bin/bash", options).wait();
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    CHECK(ended.err.empty());
    return std::string(trim(ended.out));
  }
};

// Every verb as it is typed, as the help of all of them says: a group, or what is below it.
std::vector<std::string> verbs_of(const TempProject& project) {
  const std::string help = project.yoke(Args{"--help-all"}).out;
  const std::string from = "\nSubcommands:\n";
  std::vector<std::string> verbs;
  std::string group;
  bool is_below = false;
  for (const std::string& line : split(help.substr(help.find(from) + from.size()), '\n')) {
    if (line.empty()) continue;
    if (line == "Example:") break;  // of the whole program, after all verbs
    if (line[0] != ' ') {
      verbs.push_back(group = line);
      is_below = false;
    } else if (line == "  Subcommands:") {
      verbs.pop_back();
      is_below = true;
    } else if (is_below) {
      verbs.push_back(group + " " + split(std::string(trim(line)), ' ').front());
    }
  }
  REQUIRE(verbs.size() > 50);
  return verbs;
}

// A shell that is not here is said to be missing: its script is then not tried.
bool is_there(const std::string& shell) {
  const bool there = std::filesystem::exists(shell);
  if (!there) WARN(shell << " is not installed (dev/setup test): its completion is not tried");
  return there;
}

// An interactive zsh inside another, with the cursor at the end of what is typed: Tab is pressed,
// and whatever is offered is printed, until the marker that comes after it.
const char* const kOfferInZsh = R"zsh(
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "PROMPT='' RPROMPT=''; unsetopt prompt_cr; fpath=($1 \$fpath)
autoload -Uz compinit; compinit -u -d $1/dump
compadd() {
  local -a found
  builtin compadd -A found \"\$@\"
  (( \$#found )) && print -rl -- '<offer>'\${^found}'</offer>'
  builtin compadd \"\$@\"
}
press-tab() { zle complete-word; print; print -r -- '<do''ne>' }
zle -N press-tab; bindkey '^I' press-tab; print -r -- '<rea''dy>'"
zpty -r -m shell line '*<ready>*'
zpty -w -n shell "$2"$'\t'
zpty -r -m shell line '*<done>*'
print -r -- "${line//$'\r'/}"
)zsh";

bool has_word(const std::string& text, const std::string& word) {
  const std::vector<std::string> words = split(text, ' ');
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What every shell offers alike.
void check_offers(const std::function<std::string(const std::string& typed)>& offered) {
  CHECK(offered("yoke re") == "repl");
  CHECK(has_word(offered("yoke runs "), "verify"));
  CHECK_FALSE(has_word(offered("yoke runs "), "spend"));
  CHECK(offered("yoke --store runs models sp") == "spend");  // a value is no verb
  CHECK(offered("yoke -q runs v") == "verify");
  CHECK(offered("yoke runs fork --mo") == "--model");
  CHECK(has_word(offered("yoke runs fork --"), "--store"));  // those of the program, too
}

}  // namespace

TEST_CASE("every verb is completed in every shell, and what is hidden in none") {
  const MadeOfVerbs made;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = made.completions(shell);
    for (const std::string& verb : verbs_of(made)) {
      INFO(shell << ": " << verb);
      CHECK(script.find("'" + verb + "'") != std::string::npos);
    }
    CHECK(script.find("man-pages") == std::string::npos);
  }
  const Ended other = made.yoke(Args{"completions", "tcsh"});
  CHECK(other.status == 2);
  CHECK(other.err.find("bash, zsh or fish") != std::string::npos);
}

TEST_CASE("bash is offered verbs, what stands below them, and their options") {
  const MadeOfVerbs made;
  CHECK(made.offered("yoke re") == "repl");
  CHECK(has_word(made.offered("yoke runs ''"), "verify"));
  CHECK_FALSE(has_word(made.offered("yoke runs ''"), "spend"));
  CHECK(made.offered("yoke --store runs models s") == "spend");  // a value is no verb
  CHECK(made.offered("yoke -q runs v") == "verify");
  CHECK(made.offered("yoke runs fork --mo") == "--model");
  CHECK(has_word(made.offered("yoke runs fork --"), "--store"));  // those of the program, too
  CHECK(made.offered("yoke run --model ''").empty());
  CHECK(made.offered("yoke run agents/").empty());  // files, by bash itself
}

TEST_CASE("fish is offered verbs, what stands below them, and their options") {
  if (!is_there("/usr/bin/fish")) return;
  const MadeOfVerbs made;
  made.write("yoke.fish", made.completions("fish"));
  const auto offered = [&made](const std::string& typed) {
    ProcessOptions options = made.of_shell();
    options.args = {"--no-config", "-c",
                    "source " + made.file("yoke.fish") + "; complete -C '" + typed + "'"};
    const Ended ended = Process("/usr/bin/fish", options).wait();
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    CHECK(ended.err.empty());
    std::string words;  // each line: a word, a tab, and what it is
    for (const std::string& line : split(std::string(trim(ended.out)), '\n')) {
      words += (words.empty() ? "" : " ") + split(line, '\t').front();
    }
    return words;
  };
  check_offers(offered);
}

TEST_CASE("zsh is offered verbs, what stands below them, and their options") {
  if (!is_there("/usr/bin/zsh")) return;
  const MadeOfVerbs made;
  made.write("functions/_yoke", made.completions("zsh"));
  made.write("offer.zsh", kOfferInZsh);
  const auto offered = [&made](const std::string& typed) {
    ProcessOptions options = made.of_shell();
    options.args = {"-f", made.file("offer.zsh"), made.file("functions"), typed};
    const Ended ended = Process("/usr/bin/zsh", options).wait();
    INFO(ended.out << ended.err);
    REQUIRE(ended.status == 0);
    std::string words;
    for (const std::string& line : split(ended.out, '\n')) {
      const std::size_t at = line.find("<offer>");
      if (at == std::string::npos) continue;
      words += (words.empty() ? "" : " ") + line.substr(at + 7, line.find("</offer>") - at - 7);
    }
    return words;
  };
  check_offers(offered);
}

TEST_CASE("the manual has a page for each verb, with its options and what is below it") {
  const MadeOfVerbs made;
  REQUIRE(made.yoke(Args{"man-pages", made.file("man")}).status == 0);
  for (const std::string& verb : verbs_of(made)) {
    const std::string first = split(verb, ' ').front();
    const std::string page = made.read("man/yoke-" + first + ".1");
    INFO(verb);
    std::string name = "yoke " + verb;
    for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 2)) {
      name.insert(at, "\\");
    }
    CHECK(page.find(name) != std::string::npos);
  }
  const std::string fork = made.read("man/yoke-runs.1");
  CHECK(fork.find("\\fB\\-\\-model\\fR \\fIROUTE\\fR") != std::string::npos);
  CHECK(made.read("man/yoke.1").find("\\fByoke\\-eval\\fR(1)") != std::string::npos);
}

TEST_CASE("no line of a manual page begins a request by accident") {
  const MadeOfVerbs made;
  REQUIRE(made.yoke(Args{"man-pages", made.file("man")}).status == 0);
  const std::vector<std::string> known = {".TH", ".SH", ".SS", ".TP", ".PP",
                                          ".nf", ".fi", ".RS", ".RE"};
  for (const auto& entry : std::filesystem::directory_iterator(made.file("man"))) {
    const std::string page = made.read("man/" + entry.path().filename().string());
    for (const std::string& line : split(page, '\n')) {
      if (!line.starts_with(".") && !line.starts_with("'")) continue;
      INFO(entry.path() << ": " << line);
      CHECK(std::find(known.begin(), known.end(), line.substr(0, 3)) != known.end());
    }
  }
}

TEST_CASE("the version says which libraries are linked, in which version, by which licence") {
  const MadeOfVerbs made;
  const Ended told = made.yoke(Args{"version"});
  CHECK(told.out.find("licence: Apache-2.0") != std::string::npos);
  CHECK(told.out.find("  SQLite 3.") != std::string::npos);
  CHECK(made.yoke(Args{"version", "-q"}).out.find("licence") == std::string::npos);
  const Json version = json_lines(made.yoke(Args{"version", "--json"}).out).front();
  CHECK(version["libraries"].size() > 10);
  for (const Json& library : version["libraries"]) {
    INFO(library.dump());
    CHECK_FALSE(library["licence"].get<std::string>().empty());
  }
}

}  // namespace yoke::testing
