// yoke_mock_vendor anthropic|gemini [PORT [KEY]]: a stand-in for that vendor as a process of its
// own. Prints its address on one line and runs until its standard input ends or it is killed.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/support/mock_vendor.h"

int main(int argc, char** argv) {
  const std::string vendor = argc > 1 ? argv[1] : "";
  const bool known = vendor == "anthropic" || vendor == "gemini";
  if (!known || argc > 4) {
    std::fputs("usage: yoke_mock_vendor anthropic|gemini [PORT [KEY]]\n", stderr);
    return 2;
  }
  yoke::testing::MockVendor::Options options;
  if (argc > 2) options.port = static_cast<std::uint16_t>(std::stoi(argv[2]));
  if (argc > 3) options.key = argv[3];
  const bool anthropic = vendor == "anthropic";
  options.script = anthropic ? yoke::testing::anthropic_talk : yoke::testing::gemini_talk;
  const auto server = anthropic ? yoke::testing::mock_anthropic(std::move(options))
                                : yoke::testing::mock_gemini(std::move(options));
  std::printf("%s\n", server->base_url().c_str());
  std::fflush(stdout);
  std::array<char, 256> sink{};
  while (read(STDIN_FILENO, sink.data(), sink.size()) > 0) {
  }
  for (const std::string& refusal : server->refusals()) {
    std::fprintf(stderr, "refused: %s\n", refusal.c_str());
  }
  return 0;
}
