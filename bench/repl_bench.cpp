// The prompt at a terminal: how soon it is there, how soon a key shows while an answer streams, and
// what a day of turns costs in memory.
#include <malloc.h>
#include <time.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "hosts/repl/turn_view.h"
#include "tests/support/mock_socket.h"
#include "tests/support/screen.h"

namespace yoke {
namespace {

using testing::MockConnection;
using testing::MockRequest;
using testing::MockServer;
using testing::Screen;
using testing::ScreenOptions;
using testing::ScreenProgram;

constexpr int kStarts = 25;
constexpr int kKeys = 400;
constexpr int kTokensPerSecond = 500;
constexpr int kTurns = 10'000;

void pause_us(long us) {
  timespec time{us / 1'000'000, (us % 1'000'000) * 1000};
  ::nanosleep(&time, nullptr);
}

// Streams words at the pace for as long as somebody reads.
bool stream_words(const MockRequest& request, MockConnection& connection) {
  if (request.method == "GET") {
    return connection.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"
        "{\"object\":\"list\",\"data\":[]}");
  }
  if (!connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                       "Connection: close\r\n\r\n")) {
    return false;
  }
  for (int number = 1;; ++number) {
    const std::string word = number % 100 == 0 ? "end.\\n\\n" : "word ";
    const std::string piece =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" +
        word + "\"}}]}\n\n";
    if (!connection.send(piece)) return false;
    pause_us(1'000'000 / kTokensPerSecond);
  }
}

void write_project(const BenchFolder& folder, std::uint16_t port) {
  folder.write("yoke.toml",
               "[backends.mock]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" +
                   std::to_string(port) + "/v1\"\n\n[routes.default]\ntargets = [\"mock/m\"]\n");
  folder.write("talker.lua",
               "return agent { name = \"talker\", description = \"Talks.\", model = \"default\", "
               "instructions = \"Talk.\", tools = {}, limits = { seconds = 600 } }\n");
}

ScreenOptions screen_in(const BenchFolder& folder) {
  ScreenOptions options;
  options.dir = folder.file("");
  options.args = {"repl", "talker.lua"};
  options.columns = 100;
  options.rows = 40;
  return options;
}

std::string cursor_line(const Screen& screen) {
  return screen.lines().at(static_cast<std::size_t>(screen.cursor_row()));
}

void measure_start(const BenchFolder& folder) {
  std::vector<double> taken;
  for (int round = 0; round < kStarts; ++round) {
    const double begin = wall_ms();
    ScreenProgram program(YOKE_PROGRAM, screen_in(folder));
    program.wait_until("the prompt", [](const Screen& screen) {
      return screen.cursor_column() == 2 && cursor_line(screen) == ">";
    });
    taken.push_back(wall_ms() - begin);
    program.type("\x04");
    program.wait();
  }
  std::printf("| start to prompt | %.1f ms | %.1f ms |\n", percentile(taken, 0.5),
              percentile(taken, 0.99));
}

// From the key's byte written to its glyph on the emulated screen, which all that streams goes to.
void measure_echo(const BenchFolder& folder, bool streaming) {
  ScreenProgram program(YOKE_PROGRAM, screen_in(folder));
  program.wait_for("Ctrl+D leaves");
  if (streaming) {
    program.type("go on\r");
    program.wait_for("word word");
  }
  std::vector<double> taken;
  std::string typed;
  for (int number = 0; number < kKeys; ++number) {
    typed += static_cast<char>('a' + number % 26);
    const double begin = wall_ms();
    program.type(typed.substr(typed.size() - 1));
    program.wait_until(
        "the key", [&typed](const Screen& screen) { return cursor_line(screen) == "> " + typed; });
    taken.push_back(wall_ms() - begin);
    if (typed.size() == 26) {
      program.type("\x15");
      typed.clear();
      program.wait_until("an empty line",
                         [](const Screen& screen) { return cursor_line(screen) == ">"; });
    }
    pause_us(7'000);
  }
  const std::string name =
      streaming ? "key to screen while " + std::to_string(kTokensPerSecond) + " tokens/s stream"
                : "key to screen, nothing under way";
  std::printf("| %s | %.2f ms | %.2f ms |\n", name.c_str(), percentile(taken, 0.5),
              percentile(taken, 0.99));
}

Event event_of(EventKind kind, std::int64_t seq, Json fields, const std::string& call) {
  Event event;
  event.kind = kind;
  event.run_id = "run";
  event.seq = seq;
  event.at = 1000 * seq;
  event.call_id = call;
  event.fields = std::move(fields);
  return event;
}

// A turn as a person sees it: a call with its result, an answer of about 600 bytes that streams.
void take_turn(TurnView& view, Transcript& transcript, int number) {
  transcript.said("question " + std::to_string(number));
  view.begin("run");
  view.on_event(event_of(EventKind::tool_called, 1,
                         Json{{"tool", "csv.stats"}, {"args", {{"file", "a.csv"}}}}, "c1.0"));
  view.on_event(event_of(EventKind::tool_returned, 2,
                         Json{{"outcome", "ok"}, {"value", {{"mean", number}}}}, "c1.0"));
  for (int piece = 0; piece < 100; ++piece) {
    Delta delta;
    delta.kind = Delta::Kind::text;
    delta.text = piece % 25 == 24 ? "end.\n\n" : "words ";
    view.on_delta("run", "m1", delta);
    const StyledLines finished = transcript.take_finished();
    const StyledLines live = view.live(20);
    static_cast<void>(live.size() + finished.size());
  }
  transcript.end_stream();
  view.on_event(event_of(EventKind::run_completed, 3, Json{{"text", ""}}, ""));
  transcript.take_finished();
}

void measure_memory() {
  Transcript transcript(100);
  TurnView view(transcript);
  for (int turn = 0; turn < 200; ++turn) take_turn(view, transcript, turn);
  const double before = memory_mb("VmRSS:");
  const double begin = wall_ms();
  for (int turn = 0; turn < kTurns; ++turn) take_turn(view, transcript, turn);
  const double each_us = 1000 * (wall_ms() - begin) / kTurns;
  ::malloc_trim(0);
  std::printf("| view of %d turns, grown by | %.2f MB | %.0f µs a turn |\n", kTurns,
              memory_mb("VmRSS:") - before, each_us);
}

void measure_repl() {
  const BenchFolder folder;
  const MockServer server(stream_words);
  write_project(folder, server.port());
  std::printf("| prompt | median | p99 |\n|---|---|---|\n");
  measure_start(folder);
  measure_echo(folder, false);
  measure_echo(folder, true);
  measure_memory();
}

}  // namespace
}  // namespace yoke

int main() {
  try {
    yoke::measure_repl();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "repl_bench: %s\n", error.what());
    return 1;
  }
}
