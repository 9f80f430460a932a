#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace yoke {

// What kind of "no" an outcome is. A caller branches on this; a person reads Error::detail.
enum class Errc : std::uint8_t {
  invalid,      // the input is wrong
  not_found,    // nothing has that name
  conflict,     // somebody else was first
  denied,       // a capability or a rule forbids it
  too_large,    // over a stated bound
  unsupported,  // understood, but not possible here
  unavailable,  // a peer or a file cannot be reached
  timed_out,    // the deadline passed
  cancelled,    // somebody asked for it to stop
  fenced,       // another owner has taken the run over
  exhausted,    // a quota, limit or budget is used up
};

std::string_view name_of(Errc code);

// An outcome that is not a success. `detail` is one line that names the thing and the mend;
// `place` is "file:line" (or "file", or a JSON path) where there is one, else empty.
struct Error {
  Errc code = Errc::invalid;
  std::string detail;
  std::string place = {};

  std::string message() const;  // "place: detail", or "detail"
};

template <class T>
using Result = boost::system::result<T, Error>;

// What cannot be handled where it happens: disk full, peer gone, broken configuration.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Boost's hook for Result::value() on an error.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace yoke
