// A plugin that says yes to everything: what any plugin costs at least.
#include "plugin/mosquitto_api.hpp"

namespace {

mosquitto_plugin_id_t* plugin_id = nullptr; // the broker's, for as long as the module is loaded

int yes(int, void*, void*) {
    return MOSQ_ERR_SUCCESS;
}

} // namespace

extern "C" {

int mosquitto_plugin_version(int, const int*) {
    return 5;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* id, void**, mosquitto_opt*, int) {
    plugin_id = id;
    mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, yes, nullptr, nullptr);
    return mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, yes, nullptr, nullptr);
}

int mosquitto_plugin_cleanup(void*, mosquitto_opt*, int) {
    mosquitto_callback_unregister(plugin_id, MOSQ_EVT_BASIC_AUTH, yes, nullptr);
    return mosquitto_callback_unregister(plugin_id, MOSQ_EVT_ACL_CHECK, yes, nullptr);
}
}
