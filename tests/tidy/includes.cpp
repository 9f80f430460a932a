#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> below;  // what it may include beside itself
};

// The picture in docs/architecture.md, from the ground up.
const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      {"runtime/base", {}},
      {"runtime/loop", {"runtime/base"}},
      {"runtime/schema", {"runtime/base"}},
      {"runtime/ports", {"runtime/base", "runtime/loop"}},
      {"runtime/http", {"runtime/base", "runtime/loop"}},
      {"runtime/process", {"runtime/base", "runtime/loop"}},
      {"runtime/store", {"runtime/base", "runtime/loop", "runtime/ports"}},
      {"runtime/journal", {"runtime/base", "runtime/loop", "runtime/ports", "runtime/store"}},
      {"runtime/memory", {"runtime/base", "runtime/loop", "runtime/ports", "runtime/store"}},
      {"runtime/engine", {"runtime"}},
      {"runtime/record", {"runtime"}},
      {"sandbox", {"runtime/base"}},
      {"models", {"runtime"}},
      {"agents", {"runtime"}},
      {"guards", {"runtime"}},
      {"hooks", {"runtime"}},
      {"trials", {"runtime"}},
      {"tools", {"runtime", "sandbox"}},
      {"hosts/contents", {"runtime"}},
      {"hosts/terminal", {"hosts/contents", "runtime"}},
      {"hosts/screen", {"runtime/base"}},
      {"hosts/vault", {"runtime/base"}},
      {"hosts/keyring", {"hosts/vault", "runtime/base"}},
      {"hosts/config", {"hosts/keyring", "hosts/vault", "runtime"}},
      {"hosts/keys", {"hosts/config", "hosts/hook", "runtime"}},
      {"hosts/packages", {"runtime", "agents", "tools"}},
      {"hosts/app",
       {"hosts/contents", "hosts/packages", "hosts/keys", "hosts/terminal", "hosts/config",
        "hosts/vault", "runtime", "models", "agents", "trials", "tools", "sandbox", "guards",
        "hooks"}},
      {"hosts/repl",
       {"hosts/contents", "hosts/app", "hosts/screen", "hosts/terminal", "hosts/config",
        "runtime"}},
      {"hosts/eval",
       {"hosts/app", "hosts/terminal", "hosts/config", "runtime", "models", "agents", "trials"}},
      {"hosts/hook",
       {"hosts/contents", "hosts/app", "hosts/keys", "hosts/terminal", "hosts/config", "runtime",
        "models", "agents", "tools"}},
      {"hosts/control",
       {"hosts/hook", "hosts/app", "hosts/keys", "hosts/terminal", "hosts/config", "runtime"}},
  };
  return all;
}

// Those that build everything by hand, or look at everything.
constexpr std::array<std::string_view, 4> kTop = {"hosts", "tests", "bench", "examples"};

struct Library {
  std::string_view header;  // how its includes begin
  std::vector<std::string_view> folders;
};

// Libraries that stay behind one folder of ours, and what may look at them there.
const std::vector<Library>& fenced_libraries() {
  static const std::vector<Library> all = {
      {"lua", {"sandbox", "tests/sandbox", "tests/fuzz", "bench"}},
      {"lauxlib.h", {"sandbox", "tests/sandbox", "tests/fuzz", "bench"}},
      {"sqlite3.h", {"runtime/store", "tools/broker", "tests", "bench"}},
      {"curl/", {"tools/broker", "tests"}},
      {"valijson/", {"runtime/schema"}},
  };
  return all;
}

struct Include {
  std::string path;
  bool ours = false;  // written in quotes
  int line = 0;
};

std::optional<Include> include_of(const Token& token) {
  if (token.kind != TokenKind::directive) return std::nullopt;
  std::string_view text = token.text;
  text.remove_prefix(1);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with("include")) return std::nullopt;
  const std::size_t open = text.find_first_of("<\"");
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t close = text.find_first_of(">\"", open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Include{std::string(text.substr(open + 1, close - open - 1)), text[open] == '"',
                 token.line};
}

bool lies_in_any(std::string_view path, const auto& folders) {
  for (std::string_view folder : folders) {
    if (is_within(path, folder)) return true;
  }
  return false;
}

const Layer* layer_of(std::string_view path) {
  for (const Layer& layer : layers()) {
    if (is_within(path, layer.folder)) return &layer;
  }
  return nullptr;
}

bool may_include(const Layer& layer, std::string_view path) {
  return is_within(path, layer.folder) || lies_in_any(path, layer.below);
}

void check_ours(const Source& source, const Include& include, Findings& findings) {
  const auto complain = [&](std::string rule, std::string mend) {
    findings.push_back({source.path, include.line, std::move(rule), std::move(mend)});
  };
  if (include.path.find("..") != std::string::npos || include.path.find('/') == std::string::npos) {
    return complain("include-root", "write the path from the root of the repository");
  }
  const Layer* layer = layer_of(source.path);
  if (layer == nullptr && lies_in_any(source.path, kTop)) return;
  if (layer == nullptr) {
    return complain("include-direction",
                    "no layer is known for this folder: name it in tests/tidy/includes.cpp");
  }
  if (!may_include(*layer, include.path)) {
    complain("include-direction", std::string(layer->folder) + " may not know " +
                                      folder_of(include.path) + ": go through a port");
  }
}

void check_library(const Source& source, const Include& include, Findings& findings) {
  for (const Library& library : fenced_libraries()) {
    if (!include.path.starts_with(library.header)) continue;
    if (lies_in_any(source.path, library.folders)) continue;
    findings.push_back(
        {source.path, include.line, "include-library",
         "<" + include.path + "> stays inside " + std::string(library.folders.front()) + "/"});
  }
}

}  // namespace

Findings check_includes(const Source& source) {
  Findings findings;
  const std::string own = source.path.ends_with(".cpp")
                              ? source.path.substr(0, source.path.size() - 4) + ".h"
                              : std::string();
  bool first = true;
  for (const Token& token : source.tokens) {
    const std::optional<Include> include = include_of(token);
    if (!include) continue;
    if (include->path == own && !first) {
      findings.push_back({source.path, include->line, "include-own-first",
                          "include a file's own header before all others"});
    }
    first = false;
    if (include->ours) {
      check_ours(source, *include, findings);
    } else {
      check_library(source, *include, findings);
    }
  }
  return findings;
}

}  // namespace yoke::tidy
