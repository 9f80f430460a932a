#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/hosts/repl/at_screen.h"

// However the program ends, its terminal is usable afterwards.
namespace yoke::testing {
namespace {

// A shell that runs the program and stays: what it finds then is what a person finds.
ScreenOptions within_shell(const Sample& sample) {
  ScreenOptions options;
  options.dir = sample.path();
  options.args = {"-c", "\"$0\" repl helper --session talk; echo status $?; exec cat",
                  YOKE_PROGRAM};
  return options;
}

// The shell's one child. Its zygote and workers are its own children, and have its name for a
// while.
pid_t program_in(const ScreenProgram& shell) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string pid;
    std::string name;
    std::string state;
    pid_t parent = 0;
    if (file >> pid >> name >> state >> parent && parent == shell.pid()) return std::stoi(pid);
  }
  return -1;
}

void check_usable(ScreenProgram& shell) {
  shell.wait_until("a terminal that reads lines", [&shell](const Screen& screen) {
    return shell.is_line_by_line() && shell.echoes() && screen.shows_cursor() &&
           !screen.takes_pastes();
  });
  shell.type("typed by hand\n");
  shell.wait_for("typed by hand\ntyped by hand");
}

}  // namespace

TEST_CASE("a signal that ends the program leaves a terminal that can be used") {
  for (const int number : {SIGTERM, SIGHUP, SIGABRT, SIGSEGV, SIGQUIT, SIGKILL}) {
    INFO("signal " << number);
    const Sample sample;
    ScreenProgram shell("/bin/sh", within_shell(sample));
    shell.wait_for("Ctrl+D leaves");
    shell.wait_until("raw", [&shell](const Screen&) { return !shell.is_line_by_line(); });
    shell.type("half a line");
    shell.wait_for("> half a line");
    const pid_t program = program_in(shell);
    REQUIRE(program > 0);
    ::kill(program, number);
    shell.wait_for("status " + std::to_string(128 + number));
    check_usable(shell);
  }
}

TEST_CASE("leaving leaves a terminal that can be used") {
  const Sample sample;
  ScreenProgram shell("/bin/sh", within_shell(sample));
  shell.wait_for("Ctrl+D leaves");
  shell.type("\x04");
  shell.wait_for("status 0");
  check_usable(shell);
}

TEST_CASE("a run that went on when the program was told to end can be resumed") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("Allow door.open?");
  talk.program().signal(SIGTERM);
  CHECK(talk.program().wait() == -SIGTERM);
  const Ended listed = sample.yoke(Args{"runs", "list", "--status", "waiting"});
  CHECK(holds(listed.out, "waiting"));
}

}  // namespace yoke::testing
