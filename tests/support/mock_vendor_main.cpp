// yoke_mock_vendor anthropic|gemini|responses [PORT [KEY]]: a stand-in for that vendor as a process
// of its own. Prints its address on one line and runs until its standard input ends or it is
// killed.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "tests/support/mock_responses.h"

namespace {

struct Vendor {
  std::string_view name;
  yoke::testing::VendorTurn (*talk)(const yoke::Json& request, int number);
  std::unique_ptr<yoke::testing::MockVendor> (*make)(yoke::testing::MockVendor::Options options);
};
constexpr std::array kVendors{
    Vendor{"anthropic", yoke::testing::anthropic_talk, yoke::testing::mock_anthropic},
    Vendor{"gemini", yoke::testing::gemini_talk, yoke::testing::mock_gemini},
    Vendor{"responses", yoke::testing::responses_talk, yoke::testing::mock_responses},
};

}  // namespace

int main(int argc, char** argv) {
  const std::string vendor = argc > 1 ? argv[1] : "";
  const auto found = std::find_if(kVendors.begin(), kVendors.end(),
                                  [&vendor](const Vendor& one) { return one.name == vendor; });
  if (found == kVendors.end() || argc > 4) {
    std::fputs("usage: yoke_mock_vendor anthropic|gemini|responses [PORT [KEY]]\n", stderr);
    return 2;
  }
  yoke::testing::MockVendor::Options options;
  if (argc > 2) options.port = static_cast<std::uint16_t>(std::stoi(argv[2]));
  if (argc > 3) options.key = argv[3];
  options.script = found->talk;
  const auto server = found->make(std::move(options));
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
