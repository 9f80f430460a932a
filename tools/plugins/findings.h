#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// One thing that a package says, and what becomes of it here.
struct PluginFinding {
  enum class Verdict : std::uint8_t {
    honoured,      // as its format has it
    differently,   // to the same end by another way; the text says which
    not_honoured,  // it has no effect here
    error,         // it cannot be used as it stands
  };
  Verdict verdict = Verdict::honoured;
  std::string file;        // in the package
  std::string pointer;     // JSON pointer into it; empty: the whole file
  std::string text;        // one line
  bool forbidden = false;  // the format's schema does not allow it: a strict check fails
};
using PluginFindings = std::vector<PluginFinding>;

std::string_view name_of(PluginFinding::Verdict verdict);
// "ai-plugin.json#/functions/0: error: …"
std::string to_line(const PluginFinding& finding);
Json to_json(const PluginFinding& finding);
bool has_errors(const PluginFindings& findings);
bool breaks_schema(const PluginFindings& findings);  // some finding is forbidden

// A value of a manifest, read with what is wrong with it put down.
//
// Ownership: borrows the value and the findings, which must outlive it.
class ManifestNode {
 public:
  ManifestNode(const Json& value, std::string file, PluginFindings& findings,
               std::string pointer = {})
      : value_(value), file_(std::move(file)), pointer_(std::move(pointer)), findings_(findings) {}

  struct TextRule {
    bool required = false;
    std::size_t characters_max = 0;  // 0: any
  };

  const Json& value() const { return value_; }
  const std::string& file() const { return file_; }
  const std::string& pointer() const { return pointer_; }
  bool has(std::string_view key) const;  // and it is not null
  // The member; a null where there is none.
  ManifestNode at(std::string_view key) const;
  std::vector<ManifestNode> items() const;  // of an array; none of anything else

  // The member as a text; empty, with a finding, where it is of another type.
  std::string text(std::string_view key, TextRule rule) const;
  std::string text(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;  // an array of texts
  // The member as an object or array; a null node, with a finding, where it is of another type.
  ManifestNode object(std::string_view key) const;
  ManifestNode array(std::string_view key) const;

  // Members that are not among `known` are put down: they have no effect, and are forbidden.
  void only(std::initializer_list<std::string_view> known) const;

  void honoured(std::string text) const;
  void differently(std::string text) const;
  void not_honoured(std::string text) const;
  void error(std::string text) const;      // an error that the schema forbids too
  void forbidden(std::string text) const;  // not as the schema has it, and used all the same

 private:
  void put(PluginFinding::Verdict verdict, std::string text, bool forbidden) const;

  const Json& value_;
  std::string file_;
  std::string pointer_;
  PluginFindings& findings_;
};

}  // namespace yoke
