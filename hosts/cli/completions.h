#pragma once

#include <functional>
#include <string>

#include "hosts/app/options.h"

namespace CLI {
class App;
}

namespace yoke {

// `yoke completions SHELL` and `yoke man-pages FOLDER`: what is made of the verbs themselves, for
// shells and for packages. No help lists them. `word` is what they are given; when one is chosen,
// that is put into `chosen`. Everything outlives `root`.
void add_made_of_verbs(CLI::App& root, CommonOptions& common, std::string& word,
                       std::function<int()>& chosen);

}  // namespace yoke
