#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/hook/reply.h"

namespace yoke::openai {

template <class T>
using Checked = boost::system::result<T, Refusal>;

// 400 about one parameter, as OpenAI words it for programs.
Refusal bad_param(std::string param, std::string detail, std::string code = "invalid_value");
// The same of what Yoke does not do: never passed over where that would change the answer.
Refusal unsupported(std::string param, std::string why);
Refusal no_such_model(std::string detail);  // 404
// As OpenAI has it: 400 where we say 422.
Refusal openai_status(Refusal refusal);
// A body that cannot be read.
Refusal body_refusal(const Error& error);

// Reads the members of an object in a request: each of its type, or refused by its name. Null is as
// left out. What is wrong first is kept, and from then on everything reads as left out.
//
// Ownership: borrows `object`.
class Fields {
 public:
  // `path` is that of the object in the body: "messages[2]"; empty: it is the body.
  explicit Fields(const Json& object, std::string path = {});

  std::string text(const char* name);
  std::string needed_text(const char* name);  // there, and not empty
  std::optional<double> number(const char* name, double least, double most);
  std::optional<std::int64_t> whole(const char* name, std::int64_t least, std::int64_t most);
  std::optional<bool> flag(const char* name);
  const Json& list(const char* name);    // null: it is left out
  const Json& object(const char* name);  // likewise
  const Json& any(const char* name);     // likewise

  // Taken, and without effect here.
  void pass(std::initializer_list<const char*> names);
  // Refused unless it is left out or has the value that means as much.
  void only(const char* name, const Json& value, const char* why);
  // What was not asked for by now is not known.
  void refuse_rest();

  std::string path_of(std::string_view name) const;
  void refuse(Refusal refusal);  // the first one counts
  bool ok() const { return !problem_; }
  const std::optional<Refusal>& problem() const { return problem_; }

 private:
  const Json& take(const char* name);

  const Json& object_;
  const std::string path_;
  std::set<std::string, std::less<>> taken_;
  std::optional<Refusal> problem_;
};

}  // namespace yoke::openai
