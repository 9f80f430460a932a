#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/tidy/outline.h"
#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

// "yoke::mcp" of `namespace yoke::mcp {`; nothing for one without a name, or for no namespace.
std::optional<std::string> namespace_at(const Source& source, const Outline& outline, int brace) {
  int at = head_of(source, outline, brace);
  if (source.tokens[at].is("inline")) ++at;
  if (!source.tokens[at].is("namespace") || at + 1 == brace) return std::nullopt;
  std::string name;
  for (++at; at < brace; ++at) name += source.tokens[at].text;
  return name;
}

// The namespaces around the token, "yoke::tidy"; nothing where one of them has no name or where it
// stands in something else.
std::optional<std::string> scope_of(const Source& source, const Outline& outline, int at) {
  std::string scope;
  for (int open = outline.parent[at]; open >= 0; open = outline.parent[open]) {
    if (outline.brace[open] != Brace::scope) return std::nullopt;
    const std::optional<std::string> name = namespace_at(source, outline, open);
    if (!name) return std::nullopt;
    scope = *name + "::" + scope;
  }
  return scope;
}

// What follows the `<…>` at `at`.
int after_parameters(const Source& source, int at, int brace) {
  int depth = 0;
  for (; at < brace; ++at) {
    if (source.tokens[at].is("<")) ++depth;
    if (source.tokens[at].is(">") && --depth == 0) return at + 1;
  }
  return brace;
}

// "Access" of `class Access final : public Port {`; empty for what defines no type of its own
// name: a namespace, a member type defined outside its class, a specialisation.
std::string type_at(const Source& source, const Outline& outline, int brace) {
  int at = head_of(source, outline, brace);
  const auto is = [&](std::string_view what) { return source.tokens[at].is(what); };
  if (is("template")) at = after_parameters(source, at + 1, brace);
  if (!is("struct") && !is("class") && !is("enum") && !is("union")) return {};
  for (++at; is("struct") || is("class"); ++at) {
  }
  if (is("[")) at = outline.match[at] + 1;
  if (at >= brace || source.tokens[at].kind != TokenKind::word) return {};
  const Token& after = source.tokens[at + 1];
  if (after.is("::") || after.is("<")) return {};
  return source.tokens[at].text;
}

}  // namespace

Findings check_type_names(const std::vector<Source>& tree) {
  Findings findings;
  std::map<std::string, std::string> seen;  // of each type, where it is defined
  for (const Source& source : tree) {
    if (!is_cpp(source.path) || is_within(source.path, "tests") ||
        is_within(source.path, "bench")) {
      continue;
    }
    const Outline outline = outline_of(source);
    for (int at = 0; at < static_cast<int>(source.tokens.size()); ++at) {
      if (outline.brace[at] != Brace::scope) continue;
      const std::string name = type_at(source, outline, at);
      const std::optional<std::string> scope = scope_of(source, outline, at);
      if (name.empty() || !scope) continue;
      const auto [known, is_new] = seen.emplace(*scope + name, source.path);
      if (is_new || known->second == source.path) continue;
      findings.push_back({source.path, source.tokens[at].line, "type-name",
                          known->first + " is another type in " + known->second +
                              ": one program cannot have both, so one needs another name"});
    }
  }
  return findings;
}

}  // namespace yoke::tidy
