#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "runtime/base/handle.h"
#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// Servers that Yoke starts, used as a person uses them: through the program, with real children.
namespace yoke::testing {
namespace {

constexpr int kPatienceMs = 60'000;

class Own : public TempProject {
 public:
  explicit Own(const std::string& arguments) : TempProject(YOKE_PROGRAM) {
    write("yoke.toml", backend("own", arguments) + "[routes.default]\ntargets = [\"own/tiny\"]\n");
  }

  std::string backend(const std::string& name, const std::string& arguments) const {
    return "[backends." + name + "]\npreset = \"llama.cpp\"\nbase_url = " +
           "\"http://127.0.0.1:{port}/v1\"\nlaunch = [\"" YOKE_FAKE_MODEL_SERVER
           "\", \"--port\", \"{port}\", \"--starts\", \"" +
           file(name + ".starts") + "\"" + arguments + "]\n";
  }

  std::string log(const std::string& name = "own") const {
    return read(".yoke/logs/" + name + ".log");
  }
  pid_t server_pid() const {
    const std::string text = log();
    const std::size_t at = text.find("pid ");
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + 4));
  }
  std::size_t lives(const std::string& name) const { return read(name + ".starts").size(); }
};

// A process that is no child of ours, to be told when it ends.
class Watched {
 public:
  explicit Watched(pid_t pid) : handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  bool is_there() const { return handle_.get() >= 0; }
  bool ends() const {
    pollfd end{handle_.get(), POLLIN, 0};
    return ::poll(&end, 1, kPatienceMs) == 1;
  }

 private:
  Handle handle_;
};

}  // namespace

TEST_CASE("a run goes on when its server dies in the middle of an answer") {
  const Own project(", \"--die-lives\", \"1\"");
  const Ended ended = project.yoke(Args{"run", "-p", "hello"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == "life 2 of the tiny model answers\n");
  CHECK(holds(ended.err, "own: signal 9 (Killed) ended it"));
  CHECK(holds(ended.err, "starting it again"));
}

TEST_CASE("a server ends with the program that started it") {
  const Own project("");
  const Ended ended = project.yoke(Args{"run", "-p", "hello"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK_FALSE(Watched(project.server_pid()).is_there());
}

TEST_CASE("a server ends when the program that started it is killed") {
  const Own project(", \"--stall-lives\", \"1\", \"--ignore-term\"");
  Process yoke = project.start(Args{"run", "-p", "hello"});
  yoke.wait_for_err("own: ready after");
  const Watched server(project.server_pid());
  REQUIRE(server.is_there());
  yoke.signal(SIGKILL);
  CHECK(yoke.wait().status == -SIGKILL);
  CHECK(server.ends());
}

TEST_CASE("a server that cannot start fails the run with the end of its log and where it is") {
  const Own project(", \"--crash-lives\", \"99\"");
  const Ended ended = project.yoke(Args{"run", "-p", "hello"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "the model file is not there"));
  CHECK(holds(ended.err, "own.log"));
}

TEST_CASE("doctor says before any run whether the server's program is there") {
  const Own project("");
  CHECK(holds(project.yoke(Args{"doctor"}).out, "is started from " YOKE_FAKE_MODEL_SERVER));
  project.write("yoke.toml",
                "[backends.own]\npreset = \"llama.cpp\"\nlaunch = [\"llama-sever\"]\n");
  const Ended ended = project.yoke(Args{"doctor"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.out, "there is no program 'llama-sever' in PATH"));
}

TEST_CASE("two servers that do not fit into memory together take turns") {
  const Own project("");
  project.write("yoke.toml",
                "[local]\nmemory = \"10GiB\"\n" + project.backend("own", "") +
                    "memory = \"6GiB\"\n" + project.backend("other", "") + "memory = \"6GiB\"\n" +
                    "[routes.default]\ntargets = " + "[\"own/tiny\", \"other/tiny\"]\n");
  const Ended ended = project.yoke(Args{"models", "check"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "own/tiny · streamed: works"));
  CHECK(holds(ended.err, "other/tiny · streamed: works"));
  CHECK(project.lives("own") + project.lives("other") >= 3);
}

}  // namespace yoke::testing
