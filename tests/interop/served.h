#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "tests/interop/aimock.h"
#include "tests/support/mock_embeddings.h"
#include "tests/support/temp_project.h"

namespace yoke::testing {

// A project that `yoke serve` serves on a free port, for clients that others wrote.
//
// Its scripted model, route/default and demo/talker, does what the last words of the user say
// first:
//   say X    answers X                       think X  the same, with a thought
//   tool X   calls the first tool for X      first    answers what was first said
//   json     answers {"n":4}                 count X  calls words.count
//   open     calls door.open, which a person approves
// agent/clerk is on it. peer/m is aimock, silent/m never answers, lab/e makes vectors.
class ServedProject : public TempProject {
 public:
  ServedProject();

  std::string url() const { return url_; }  // without a path
  // Runs a client of tests/interop/clients, with a key if it is given one; throws with what it said
  // when it fails.
  Ended client(const std::string& file, const std::string& test, const std::string& key = "") const;

 private:
  void write_scripts() const;

  Aimock aimock_;
  MockEmbeddings embeddings_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor silent_;  // connections wait here, and nobody takes them
  std::unique_ptr<Process> yoke_;
  std::string url_;
};

}  // namespace yoke::testing
