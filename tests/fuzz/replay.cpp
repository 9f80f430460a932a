#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/base/id.h"
#include "tests/fuzz/target.h"

// Stands in for libFuzzer where a target is built with any compiler: gives it every file of the
// folders named, and some changes of each that are the same every time.
namespace {

constexpr int kChangesOfEach = 50;

std::string read_file(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Flips, inserts, removes and repeats a few bytes.
std::string changed(std::string text, yoke::SeededRandom& random) {
  for (std::uint64_t left = 1 + random.next() % 4; left > 0; --left) {
    const std::size_t at = text.empty() ? 0 : random.next() % text.size();
    const auto byte = static_cast<char>(random.next() % 256);
    switch (text.empty() ? 1 : random.next() % 4) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + random.next() % 8);
        break;
      default:
        text.insert(at, text.substr(at, 1 + random.next() % 16));
        break;
    }
  }
  return text;
}

void give(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  int given = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : files_in(argv[i])) {
      std::printf("%s\n", file.string().c_str());  // so that an abort can be placed
      std::fflush(stdout);
      const std::string text = read_file(file);
      give(text);
      yoke::SeededRandom random(text.size());
      for (int change = 0; change < kChangesOfEach; ++change) give(changed(text, random));
      ++given;
    }
  }
  std::printf("%d files replayed\n", given);
  return given > 0 ? 0 : 1;
}
