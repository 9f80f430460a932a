#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/secret.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

struct ToolRequest;

// Where the values of secrets come from: the environment, files, the vault. Implemented by hosts/.
// Threads: loop thread only.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // Before secret() is asked for these, so that it answers at once: what may take a while (a vault
  // that is opened, its key in a keyring) is done off the loop meanwhile. That one is not to be had
  // is secret()'s to say. Errors: timed_out.
  virtual awaitable<Result<void>> fetch(std::vector<std::string> names, std::string tenant,
                                        Deadline deadline);
  // The one of that name that the call's tenant has. Errors: not_found or unavailable; the text
  // names the secret and the mend, never a value.
  virtual Result<Secret> secret(std::string_view name, const ToolRequest& call) = 0;
};

// Cuts the values of secrets out of what goes back to a script, a model or a log: as they are, and
// in base64, hexadecimal, percent and JSON escapes.
// Limits: what a peer does to a value beyond these forms (reversing, splitting) is not recognised.
class SecretCutter {
 public:
  void add(std::string_view name, std::string_view value);
  std::string cut(std::string text) const;
  Json cut_json(Json value) const;  // in every text and key of it
  bool empty() const { return forms_.empty(); }

 private:
  struct Form {
    std::string text;
    std::string name;
  };
  void add_form(std::string_view name, std::string text);
  std::vector<Form> forms_;  // longest first, so that no shorter form leaves a rest of a longer
};

std::string base64_of(std::string_view bytes);  // the common alphabet, padded

}  // namespace yoke
