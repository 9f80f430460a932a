// yoke_fake_model_server --port N …: a local model server for the tests of starting, watching and
// stopping one. It answers as llama.cpp's server does, loads nothing, and misbehaves as told:
//   --load-probes N   /health is 503 for so many questions, as while a model loads
//   --slots N         what /props says
//   --starts FILE     a byte is added to the file at each start: its size is the life this is
//   --crash-lives N   lives up to this one exit with status 7 at once
//   --stall-lives N   lives up to this one stop in the middle of each stream
//   --die-lives N     lives up to this one die by a signal in the middle of a stream
//   --ignore-term     SIGTERM does not end it
//   --child           a second process in a session of its own, which prints its pid
//   --flood N         so many lines of log at the start
//   --say-env         its environment and folder, a line each
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "runtime/base/json.h"
#include "tests/support/mock_openai.h"

namespace {

using yoke::Json;
using yoke::testing::http_answer;
using yoke::testing::MockConnection;
using yoke::testing::MockRequest;
using yoke::testing::MockServer;
using yoke::testing::MockTurn;

struct Arguments {
  int port = 0;
  int load_probes = 0;
  int slots = 1;
  std::string starts;
  int crash_lives = 0;
  int stall_lives = 0;
  int die_lives = 0;
  bool ignore_term = false;
  bool child = false;
  int flood = 0;
  bool say_env = false;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments out;
  for (int at = 1; at < argc; ++at) {
    const std::string option = argv[at];
    const auto number = [&] { return at + 1 < argc ? std::atoi(argv[++at]) : 0; };
    if (option == "--port") out.port = number();
    if (option == "--load-probes") out.load_probes = number();
    if (option == "--slots") out.slots = number();
    if (option == "--crash-lives") out.crash_lives = number();
    if (option == "--stall-lives") out.stall_lives = number();
    if (option == "--die-lives") out.die_lives = number();
    if (option == "--flood") out.flood = number();
    if (option == "--ignore-term") out.ignore_term = true;
    if (option == "--child") out.child = true;
    if (option == "--say-env") out.say_env = true;
    if (option == "--starts" && at + 1 < argc) out.starts = argv[++at];
  }
  return out;
}

int count_start(const std::string& file) {
  if (file.empty()) return 1;
  std::ofstream(file, std::ios::app) << '.';
  std::ifstream in(file, std::ios::ate);
  return static_cast<int>(in.tellg());
}

class FakeModel {
 public:
  FakeModel(const Arguments& arguments, int life)
      : arguments_(arguments), life_(life), probes_left_(arguments.load_probes) {}

  bool handle(const MockRequest& request, MockConnection& connection) {
    if (request.target == "/health") return health(connection);
    if (request.target == "/props") {
      return answer(connection, 200, Json{{"total_slots", arguments_.slots}});
    }
    if (request.target == "/v1/models") {
      const Json models = Json::array({Json{{"id", "tiny"}}});
      return answer(connection, 200, Json{{"data", models}});
    }
    return chat(request, connection);
  }

 private:
  static bool answer(MockConnection& connection, int status, const Json& body) {
    return connection.send(http_answer(status, "application/json", yoke::to_text(body)));
  }

  bool health(MockConnection& connection) {
    if (probes_left_.fetch_sub(1) > 0) {
      std::puts("..........");
      std::fflush(stdout);
      return answer(connection, 503, Json{{"error", {{"message", "Loading model"}}}});
    }
    return answer(connection, 200, Json{{"status", "ok"}});
  }

  bool chat(const MockRequest& raw, MockConnection& connection) {
    const yoke::Result<Json> request = yoke::parse_json(raw.body);
    if (!request) return answer(connection, 400, Json{{"error", "no JSON"}});
    MockTurn turn;
    turn.text = "life " + std::to_string(life_) + " of the tiny model answers";
    const std::string model = yoke::string_at(*request, "model");
    const bool stream = request->contains("stream") && (*request)["stream"] == true;
    const bool stalls = life_ <= arguments_.stall_lives;
    if (!stream) {
      return connection.send(
          http_answer(200, "application/json", yoke::testing::whole_answer(turn, model)));
    }
    connection.send(yoke::testing::stream_head());
    int sent = 0;
    for (const std::string& event : yoke::testing::stream_events(turn, model)) {
      if (stalls && ++sent > 2) {
        std::puts("stalling");
        std::fflush(stdout);
        connection.wait_for_peer();
        return false;
      }
      if (!connection.send(yoke::testing::stream_chunk(event))) return false;
      if (life_ <= arguments_.die_lives) std::raise(SIGKILL);
    }
    return connection.send("0\r\n\r\n");
  }

  const Arguments arguments_;
  const int life_;
  std::atomic<int> probes_left_;
};

void say_environment() {
  for (char** entry = environ; *entry != nullptr; ++entry) std::printf("env %s\n", *entry);
  char* const dir = ::getcwd(nullptr, 0);
  std::printf("dir %s\n", dir);
  std::free(dir);
}

void start_child() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    while (true) ::pause();
  }
  std::printf("child %d\n", static_cast<int>(child));
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = read_arguments(argc, argv);
  if (arguments.ignore_term) ::signal(SIGTERM, SIG_IGN);
  const int life = count_start(arguments.starts);
  std::printf("life %d, pid %d, port %d\n", life, static_cast<int>(::getpid()), arguments.port);
  for (int line = 0; line < arguments.flood; ++line) std::printf("flood line %d\n", line);
  if (arguments.say_env) say_environment();
  if (arguments.child) start_child();
  std::fflush(stdout);
  if (life <= arguments.crash_lives) {
    std::fputs("error: the model file is not there\n", stderr);
    return 7;
  }
  FakeModel model(arguments, life);
  const MockServer server(
      [&](const MockRequest& request, MockConnection& connection) {
        return model.handle(request, connection);
      },
      static_cast<std::uint16_t>(arguments.port));
  while (true) ::pause();
}
