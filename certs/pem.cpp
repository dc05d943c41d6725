#include "certs/pem.hpp"

#include "certs/openssl_error.hpp"
#include "core/atomic_file.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>

namespace holdfast::certs {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_of_mark = "-----";

struct Block {
    std::string_view label; ///< e.g. "CERTIFICATE"
    unsigned line;
    std::string_view text; ///< from its first line to the end of the file

    bool is_certificate() const { return label == "CERTIFICATE"; }
    bool is_key() const { return label.ends_with("PRIVATE KEY"); }
};

std::vector<Block> find_blocks(std::string_view pem) {
    std::vector<Block> blocks;
    unsigned number = 0;
    for (const auto line : split(pem, '\n')) {
        ++number;
        const auto bare = trim(line);
        if (line.starts_with(begin_mark) && bare.ends_with(end_of_mark) &&
            bare.size() >= begin_mark.size() + end_of_mark.size()) {
            auto label = bare.substr(begin_mark.size());
            label.remove_suffix(end_of_mark.size());
            const auto offset = static_cast<std::size_t>(line.data() - pem.data());
            blocks.push_back({label, number, pem.substr(offset)});
        }
    }
    return blocks;
}

std::string_view advice(Remedy remedy) {
    return remedy == Remedy::issue_again
               ? "restore it from a backup or issue a new one with 'holdfast cert issue'"
               : "restore it from a backup or make a new authority with 'holdfast cert init'";
}

InputError unusable(std::string_view path, unsigned line, std::string_view fault, Remedy remedy) {
    return {path, line, fmt::format("{}; {}", fault, advice(remedy))};
}

/// The blocks of a file that was meant to hold `wanted`; throws when there is none of that kind.
std::vector<Block> find_wanted(std::string_view pem, std::string_view path, Remedy remedy,
                               std::string_view wanted, bool (Block::*is_wanted)() const) {
    if (trim(pem).empty()) {
        throw unusable(path, 0, "is empty", remedy);
    }
    const auto all = find_blocks(pem);
    std::vector<Block> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), std::mem_fn(is_wanted));
    if (!found.empty()) {
        return found;
    }
    if (all.empty()) {
        throw unusable(path, 0, "is not PEM text (it has no line '-----BEGIN …-----')", remedy);
    }
    const auto& first = all.front();
    if (first.is_key() || first.is_certificate()) {
        throw InputError(path, first.line,
                         fmt::format("holds a {}, not a {}; exchange the paths of certificate and "
                                     "key in the configuration if they are swapped",
                                     first.is_key() ? "private key" : "certificate", wanted));
    }
    throw unusable(path, first.line,
                   fmt::format("holds {}, not a {}", holdfast::quoted(first.label), wanted),
                   remedy);
}

BioHandle reader(std::string_view text) {
    return expect(BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))),
                  "cannot read PEM text");
}

/// OpenSSL's own default would ask on the terminal, which a daemon does not have.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

int give_passphrase(char* buffer, int size, int, void* passphrase) {
    const auto& text = *static_cast<const std::string*>(passphrase);
    if (text.size() > static_cast<std::size_t>(size)) {
        return -1;
    }
    std::copy(text.begin(), text.end(), buffer);
    return static_cast<int>(text.size());
}

bool needs_passphrase(const Block& block) {
    const auto end = block.text.find("-----END ");
    return block.label.starts_with("ENCRYPTED") ||
           block.text.substr(0, end).find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

/// Whether the private half gives the public half, so that damage to one of them is found here and
/// not by the first handshake.
bool halves_agree(evp_pkey_st& key) {
    const KeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
    return context && EVP_PKEY_pairwise_check(context.get()) == 1;
}

KeyHandle unlocked(const Block& block, std::string_view path, std::string passphrase) {
    const auto bio = reader(block.text);
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase));
    OPENSSL_cleanse(passphrase.data(), passphrase.size());
    if (!key || !halves_agree(*key)) {
        throw InputError(path, block.line,
                         fmt::format("the passphrase is not this key's, or the key is damaged ({})",
                                     take_openssl_reasons()));
    }
    return key;
}

std::string load_text(const std::filesystem::path& path, Remedy remedy) {
    try {
        return read_file(path);
    } catch (const SystemError& error) {
        if (error.code() == ENOENT) {
            throw unusable(path.string(), 0, "does not exist", remedy);
        }
        if (error.code() == EACCES) {
            throw SystemError(fmt::format("{}: cannot be read (run this as root, or give the file "
                                          "to the user who needs it with chown)",
                                          path.string()),
                              EACCES);
        }
        throw;
    }
}

void check_size(std::string_view pem, std::string_view path) {
    if (pem.size() > max_pem_bytes) {
        throw InputError(path, 0,
                         "is larger than 1 MiB, which no certificate or key is; check the "
                         "path in the configuration");
    }
}

std::string written(const BioHandle& bio) {
    char* data = nullptr;
    const auto size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

} // namespace

std::vector<CertificateHandle> parse_certificates(std::string_view pem, std::string_view path,
                                                  Remedy remedy) {
    check_size(pem, path);
    std::vector<CertificateHandle> certificates;
    for (const auto& block :
         find_wanted(pem, path, remedy, "certificate", &Block::is_certificate)) {
        const auto bio = reader(block.text);
        CertificateHandle certificate(
            PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
        if (!certificate) {
            throw unusable(path, block.line,
                           fmt::format("the certificate is damaged ({})", take_openssl_reasons()),
                           remedy);
        }
        certificates.push_back(std::move(certificate));
    }
    return certificates;
}

KeyHandle parse_key(std::string_view pem, std::string_view path, Remedy remedy,
                    const Passphrase& passphrase) {
    check_size(pem, path);
    const auto block = find_wanted(pem, path, remedy, "private key", &Block::is_key).front();
    const bool locked = needs_passphrase(block);
    if (locked && passphrase) {
        return unlocked(block, path, passphrase());
    }
    if (locked) {
        throw InputError(path, block.line,
                         "needs a passphrase, which a service cannot type; remove it with 'openssl "
                         "pkey -in FILE -out NEWFILE'");
    }
    const auto bio = reader(block.text);
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (!key || !halves_agree(*key)) {
        throw unusable(path, block.line,
                       fmt::format("the private key is damaged ({})", take_openssl_reasons()),
                       remedy);
    }
    return key;
}

std::vector<CertificateHandle> load_certificates(const std::filesystem::path& path, Remedy remedy) {
    return parse_certificates(load_text(path, remedy), path.string(), remedy);
}

KeyHandle load_key(const std::filesystem::path& path, Remedy remedy, const Passphrase& passphrase) {
    return parse_key(load_text(path, remedy), path.string(), remedy, passphrase);
}

std::string to_pem(x509_st& certificate) {
    const auto bio = expect(BioHandle(BIO_new(BIO_s_mem())), "cannot write PEM text");
    expect(PEM_write_bio_X509(bio.get(), &certificate), "cannot write the certificate");
    return written(bio);
}

std::string to_pem(evp_pkey_st& key, const std::string& passphrase) {
    // OpenSSL wipes this memory when it is given back.
    const auto bio = expect(BioHandle(BIO_new(BIO_s_secmem())), "cannot write PEM text");
    const bool locked = !passphrase.empty();
    expect(PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, locked ? EVP_aes_256_cbc() : nullptr,
                                         locked ? passphrase.data() : nullptr,
                                         static_cast<int>(passphrase.size()), nullptr, nullptr),
           "cannot write the private key");
    return written(bio);
}

} // namespace holdfast::certs
