#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/ports/model.h"

namespace yoke {

// What a vendor's refusal means, by its status and its words. Data: error_table.cpp has the rows
// for all vendors. A body may quote what was sent: no row finds a key at fault by words anywhere in
// it where the status does not blame the key, or the rate, already.
struct ErrorRow {
  enum class By : std::uint8_t {
    status,  // alone
    name,    // a type, code, status or reason in the error is exactly `word`, whatever the case
    text,    // `word` is anywhere in the body, whatever the case
    said,    // `word` is in such a name, or the error's sentence begins with it
  };
  int from = 0;  // statuses; 200 is an error inside an answer that began well
  int to = 0;
  By by = By::status;
  std::string_view word = {};  // in lower case
  std::string_view also = {};  // and this is anywhere in the body; empty: no more is asked
  FailureClass failure_class = FailureClass::server;
  bool retryable = false;
  std::string_view mend = {};  // said after the vendor's own words
};

// An error as a vendor gives it.
struct VendorError {
  int status = 0;
  const Json& error;           // the object that has the type or the code; null: there is none
  std::string_view body = {};  // all of it
};

// The first row that fits. Always one: the last rows hold any status.
const ErrorRow& error_row(const VendorError& error);
std::span<const ErrorRow> error_rows();

}  // namespace yoke
