#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace yoke::testing {

struct ProcessOptions {
  std::vector<std::string> args = {};  // after the program's name
  std::string dir = {};                // where it starts; empty: here
  std::map<std::string, std::string> env = {};
  std::string input = {};    // its standard input, unless `talks`
  bool talks = false;        // standard input stays open for type()
  bool terminal = false;     // all three are one pseudo-terminal; what it writes is `out`
  long file_bytes_max = -1;  // no file may grow beyond this, as on a full disk
  bool plain_user = false;   // without the powers of root over files
};

struct Ended {
  int status = 0;  // the exit status, or minus the signal that ended it
  std::string out;
  std::string err;
};

// A program run as a child, in a small environment of its own.
//
// Errors: std::runtime_error, with what was read so far, when nothing comes within kPatience.
class Process {
 public:
  static constexpr std::chrono::seconds kPatience{60};

  Process(const std::string& program, const ProcessOptions& options);
  ~Process();  // kills and reaps it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // The next line of standard output; nothing at its end.
  std::optional<std::string> line();
  // Reads until standard output (or error) holds the text, counted from the last such wait.
  void wait_for(const std::string& text);
  void wait_for_err(const std::string& text);
  void type(const std::string& text);
  void close_input();
  void close_output();
  void signal(int number) const;
  // Until it has ended; what line() took is in `out` all the same.
  Ended wait();

 private:
  void start(const std::string& program, const ProcessOptions& options);
  bool pump();  // waits for something to read or write; false when both outputs have ended
  void read_into(int& fd, std::string& text);
  void write_input();
  void wait_in(const std::string& text, const std::string& where, std::size_t& from);
  std::string so_far() const;

  std::string name_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool closes_ = false;  // the input, when it is all written
  std::string unwritten_;
  std::string out_text_;
  std::string err_text_;
  std::size_t line_at_ = 0;
  std::size_t out_seen_ = 0;
  std::size_t err_seen_ = 0;
};

}  // namespace yoke::testing
