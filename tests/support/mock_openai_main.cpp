// yoke_mock_openai --port 0 --scenario NAME: a mock OpenAI server as a process of its own. Prints
// its port on one line and runs until its standard input ends or it is killed.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "tests/support/mock_openai.h"

namespace {

using yoke::testing::BenchServer;
using yoke::testing::FixedServer;
using yoke::testing::MockOpenAi;

struct Arguments {
  std::uint16_t port = 0;
  std::string scenario = "by-model";  // the request's model names the scenario
  std::string key;
  bool lenient = false;
  bool forever = false;  // do not stop at the end of the standard input
};

int usage() {
  std::fputs(
      "usage: yoke_mock_openai [--port N] [--scenario NAME] [--key KEY] [--lenient] "
      "[--forever]\nscenarios: by-model, bench5, deepseek, fixed",
      stderr);
  for (const std::string& name : yoke::testing::scenario_names()) {
    std::fprintf(stderr, ", %s", name.c_str());
  }
  std::fputs("\n", stderr);
  return 2;
}

std::optional<Arguments> read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int at = 1; at < argc; ++at) {
    const std::string option = argv[at];
    const bool has_value = at + 1 < argc;
    if (option == "--lenient")
      arguments.lenient = true;
    else if (option == "--forever")
      arguments.forever = true;
    else if (option == "--port" && has_value)
      arguments.port = static_cast<std::uint16_t>(std::stoi(argv[++at]));
    else if (option == "--scenario" && has_value)
      arguments.scenario = argv[++at];
    else if (option == "--key" && has_value)
      arguments.key = argv[++at];
    else
      return std::nullopt;
  }
  return arguments;
}

void run_until_told(std::uint16_t port, bool forever) {
  std::printf("%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  std::array<char, 256> sink{};
  while (read(STDIN_FILENO, sink.data(), sink.size()) > 0) {
  }
  while (forever) pause();
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments(argc, argv);
  if (!arguments) return usage();
  if (arguments->scenario == "bench5") {
    const BenchServer server(arguments->port);
    run_until_told(server.port(), arguments->forever);
    return 0;
  }
  if (arguments->scenario == "fixed") {
    const FixedServer server(arguments->port);
    run_until_told(server.port(), arguments->forever);
    return 0;
  }
  const std::vector<std::string> names = yoke::testing::scenario_names();
  const std::string scenario = arguments->scenario;
  const bool fixed = std::find(names.begin(), names.end(), scenario) != names.end();
  if (!fixed && scenario != "by-model" && scenario != "deepseek") return usage();
  MockOpenAi::Options options;
  options.port = arguments->port;
  options.key = arguments->key;
  options.strict = !arguments->lenient;
  options.wants_reasoning = scenario == "deepseek";
  const std::string played = scenario == "deepseek" ? "one-call" : scenario;
  if (scenario != "by-model") {
    options.script = [played](const yoke::Json& request, int number) {
      return yoke::testing::scenario_turn(played, request, number);
    };
  }
  const MockOpenAi server(std::move(options));
  run_until_told(server.port(), arguments->forever);
  return 0;
}
