#pragma once

#include <string>
#include <string_view>

#include "runtime/loop/clock.h"
#include "runtime/ports/policy.h"
#include "runtime/ports/tool.h"
#include "tools/broker/permissions.h"
#include "tools/broker/secrets.h"

namespace yoke {

// An inner request as policy and the audit record see it. `shown` holds no secret and no content.
struct InnerRequest {
  std::string name;  // "http.get"
  Json shown;        // {"host":…,"path":…}
  Effect effect = Effect::once;
};

// One call of one script, as the broker sees it: what it was granted, what it asked for so far and
// what was decided.
//
// Ownership: borrows `policy` and `context`; outlives every request of the call.
// Threads:   loop thread only.
class CallScope {
 public:
  CallScope(const Policy& policy, Permissions permissions, ToolRequest identity, std::string origin,
            CallContext& context);

  const Permissions& permissions() const { return permissions_; }
  const ToolRequest& identity() const { return identity_; }
  const std::string& origin() const { return origin_; }
  CallContext& context() { return context_; }
  Deadline deadline() const { return identity_.deadline; }
  SecretCutter& secrets() { return secrets_; }

  // Asks policy and writes the audit entry. Inside a script nobody can be asked, so a rule that
  // says `ask` denies here, save one that asked about the tool itself; where no rule speaks, the
  // grant of the capability stands.
  Result<void> permit(const InnerRequest& request);
  // Writes the audit entry of a request that no capability covers; the error to give the script.
  Error refuse(const InnerRequest& request, std::string why);
  // Adds to the last entry what came of it: {"status":200,"bytes":1042}.
  void note(const Json& facts);

  // The script has read something from outside: its result carries that label from here on.
  void saw(const Label& label) { label_ = join(label_, label); }
  const Label& label() const { return label_; }
  const Json& audit() const { return audit_; }

 private:
  bool was_approved(const std::string& rule) const;
  void record(const InnerRequest& request, std::string_view verdict, const std::string& rule);

  const Policy& policy_;
  const Permissions permissions_;
  const ToolRequest identity_;
  const std::string origin_;
  CallContext& context_;
  SecretCutter secrets_;
  Label label_;
  Json audit_ = Json::array();
};

}  // namespace yoke
