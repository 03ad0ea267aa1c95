using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary>Every command once, for real: what people read, and the names that programs rely on.</summary>
public sealed class StoryTests
{
    [Fact]
    public async Task Every_command_says_what_it_did_in_words()
    {
        await using var home = new SanctumHome();
        var backup = Path.Join(home.Directory, "backup");
        await SaysAsync(home, "created a vault in", "init");
        await SaysAsync(home, "", "store", "a/offline", "--value", "kept without a daemon");
        await home.StartDaemonAsync();
        await SaysAsync(home, "unsealed", "daemon", "status");
        await SaysAsync(home, "a/b", "store", "a/b", "--value", "one", "--type", "api_key", "--description", "a key", "--tag", "x", "--host", "api.example.com", "--header-type", "bearer");
        await SaysAsync(home, "one", "get", "a/b");
        await SaysAsync(home, "kept without a daemon", "get", "a/offline");
        await SaysAsync(home, "api.example.com", "list", "--type", "api_key", "--tag", "x");
        await SaysAsync(home, "key file", "agent", "register", "reader", "--description", "reads");
        await SaysAsync(home, "reader", "agent", "list");
        await SaysAsync(home, "added policy p", "policy", "add", "p", "--principal", "agent:reader", "--resources", "a/*", "--actions", "retrieve,use", "--max-ttl", "60", "--condition", "max_uses_per_hour=10");
        await SaysAsync(home, "max_uses_per_hour", "policy", "list");
        await SaysAsync(home, "allowed", "policy", "simulate", "--agent", "reader", "--resource", "a/b", "--action", "use", "--operation", "sign");
        await using (var client = await home.ConnectAsync("reader"))
        {
            var lease = await client.RetrieveLeaseAsync("a/b");
            await client.RetrieveLeaseAsync("a/b");
            await SaysAsync(home, "a/b", "lease", "status");
            await SaysAsync(home, "1", "lease", "revoke", lease.LeaseId);
            await SaysAsync(home, "1", "lease", "revoke", "--agent", "reader");
            await SaysAsync(home, "0", "lease", "revoke", "--all");
        }

        await SaysAsync(home, "retrieve", "audit", "log", "--agent", "reader", "--resource", "a/*", "--action", "retrieve", "--since", "1h", "--last", "5");
        await SaysAsync(home, "credential.store", "audit", "list");
        await SaysAsync(home, "the audit log is intact", "audit", "verify");
        await SaysAsync(home, "verified", "backup", backup);
        await SaysAsync(home, "", "seal");
        await SaysAsync(home, "", "lock");
        await SaysAsync(home, "unsealed", "unlock");
        await SaysAsync(home, "unsealed already", "unseal");
        await SaysAsync(home, "removed policy p", "policy", "remove", "p");
        await SaysAsync(home, "removed agent reader", "agent", "remove", "reader");
        await SaysAsync(home, "removed", "remove", "a/b");
        await SaysAsync(home, "removed", "delete", "a/offline");
        await home.StopDaemonAsync();
        await SaysAsync(home, "restored", "restore", backup, "--vault-path", Path.Join(home.Directory, "restored"));
        await SaysAsync(home, "one", "get", "a/b", "--vault-path", Path.Join(home.Directory, "restored"));
    }

    [Fact]
    public async Task Every_command_prints_its_result_as_json()
    {
        await using var home = new SanctumHome();
        var backup = Path.Join(home.Directory, "backup");
        const string credential = "path,type,description,tags,hosts,header_type,version,created_at,updated_at,allowed_origins,methods,paths,jwt,allowed_credentials";
        const string policy = "name,principal,resources,actions,max_ttl,conditions,enabled";
        const string conditions = "max_retrievals_per_hour,max_uses_per_hour,time_window,allowed_operations,allowed_domains,allowed_methods,allowed_paths,allowed_sign_algorithms,require_approval";
        const string status = "vault_id,sealed,process_id,version,started_at,socket,tcp,http,proxy,connections,warnings,unsealed_by,draining,drain_seconds";

        Has(await JsonAsync(home, "init"), "vault_id,path");
        await home.StartDaemonAsync();
        var daemon = await JsonAsync(home, "daemon", "status");
        Has(daemon, "running,daemon");
        Has(daemon["daemon"], status);
        Has((await JsonAsync(home, "node", "list"))["nodes"]![0], "name,version,state,started_at,seen_at,position,stale,own");
        Has(await JsonAsync(home, "store", "a/b", "--value", "one"), credential + ",warnings");
        var got = await JsonAsync(home, "get", "a/b");
        Has(got, "path,value,value_base64");
        Assert.Equal("one", (string?)got["value"]);
        Has((await JsonAsync(home, "list"))["credentials"]![0], credential);
        var registered = await JsonAsync(home, "agent", "register", "reader");
        Has(registered, "agent,key_file");
        Has(registered["agent"], "name,public_key,description,registered_at,enabled,frozen");
        Has((await JsonAsync(home, "agent", "list"))["agents"]![0], "name,public_key,description,registered_at,enabled,frozen");
        var added = await JsonAsync(home, "policy", "add", "p", "--principal", "agent:reader", "--resources", "a/*", "--actions", "retrieve", "--condition", "max_retrievals_per_hour=9");
        Has(added, policy);
        Has(added["conditions"], conditions);
        Has((await JsonAsync(home, "policy", "list"))["policies"]![0], policy);
        Has(await JsonAsync(home, "policy", "show", "p"), policy);
        Has(await JsonAsync(home, "policy", "set", "p", "--principal", "agent:reader", "--resources", "a/*", "--actions", "retrieve"), policy);
        await File.WriteAllTextAsync(Path.Join(home.Directory, "policies.json"), (await home.RunAsync("policy", "list", "--json")).Done().Output);
        var applied = await JsonAsync(home, "policy", "apply", "-f", Path.Join(home.Directory, "policies.json"));
        Has(applied, "dry_run,added,changed,removed,unchanged");
        Assert.Equal("p", (string?)applied["unchanged"]![0]);
        Has(await JsonAsync(home, "agent", "rotate-key", "reader"), "agent,key_file");
        Has(await JsonAsync(home, "agent", "disable", "reader"), "name,public_key,description,registered_at,enabled,frozen");
        Has(await JsonAsync(home, "agent", "enable", "reader"), "name,public_key,description,registered_at,enabled,frozen");
        Has(await JsonAsync(home, "policy", "simulate", "--agent", "reader", "--resource", "a/b", "--action", "retrieve"), "allowed,code,reason,policies,max_ttl");
        await using (var client = await home.ConnectAsync("reader"))
        {
            await client.RetrieveLeaseAsync("a/b");
            Has((await JsonAsync(home, "lease", "status"))["leases"]![0], "lease_id,agent,path,ttl,created_at,expires_at,renewals,for");
            var revoked = await JsonAsync(home, "lease", "revoke", "--all");
            Has(revoked, "revoked");
            Assert.Equal(1, (int)revoked["revoked"]!);
        }

        const string entry = "sequence,time,actor,action,resource,operation,outcome,reason,policies,session_id,lease_id,details,mac";
        Has((await JsonAsync(home, "audit", "log"))["entries"]![0], entry);
        Has(await JsonAsync(home, "audit", "verify"), "entries,checkpoint");
        Has((await JsonAsync(home, "approval", "list")), "approvals,requests");
        Has(await JsonAsync(home, "seal-provider", "add", "keyring"), "name,type,settings");
        Has((await JsonAsync(home, "seal-provider", "list"))["providers"]![0], "name,type,settings");
        Has(await JsonAsync(home, "seal-provider", "test", "keyring"), "name,worked,reason,suggestion");
        Has(await JsonAsync(home, "seal-provider", "remove", "keyring"), "name,worked,reason,suggestion");
        Has(await JsonAsync(home, "login"), "token,expires_at,scopes,bound_to_session");
        var backedUp = await JsonAsync(home, "backup", backup);
        Has(backedUp, "file,bytes,verified,audit,damaged");
        Has(backedUp["audit"], "entries,checkpoint");
        await File.WriteAllTextAsync(Path.Join(home.Directory, "next"), "the next passphrase");
        Has(await JsonAsync(home, "passphrase", "change", "--new-passphrase-file", Path.Join(home.Directory, "next")), "changed");
        Assert.Equal(1, (await home.RunAsync("list")).ExitCode);
        await File.WriteAllTextAsync(home.PassphraseFile, "the next passphrase");
        Has(await JsonAsync(home, "seal"), "sealed,changed,warnings");
        Has(await JsonAsync(home, "unseal"), "sealed,changed,warnings");
        Has(await JsonAsync(home, "policy", "remove", "p"), "removed");
        Has(await JsonAsync(home, "agent", "remove", "reader"), "removed");
        Has(await JsonAsync(home, "remove", "a/b"), "removed");
        await home.StopDaemonAsync();

        // A backup opens with the passphrase of its time.
        await File.WriteAllTextAsync(home.PassphraseFile, SanctumHome.Passphrase);
        var restored = Path.Join(home.Directory, "restored");
        Has(await JsonAsync(home, "restore", backup, "--vault-path", restored), "path,audit_entries,checkpoint,damaged");
        Assert.Equal("one", (await home.RunAsync("get", "a/b", "--vault-path", restored)).Done().Output);
    }

    [Fact]
    public async Task A_token_stands_for_the_passphrase()
    {
        await using var home = await SanctumHome.ServingAsync();
        var token = (await home.RunAsync("login")).Done().Output.Trim();
        (await home.RunBareAsync("", ["list"], ("SANCTUM_TOKEN", token))).Done();
        Assert.Equal(1, (await home.RunBareAsync("", ["list"], ("SANCTUM_TOKEN", new string('0', 64)))).ExitCode);

        // It does not change the passphrase, nor take a backup: who finds a terminal unattended would have the vault.
        Assert.Equal(2, (await home.RunBareAsync("", ["passphrase", "change"], ("SANCTUM_TOKEN", token))).ExitCode);
    }

    [Fact]
    public async Task A_secret_is_what_was_piped_in_to_the_byte()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        foreach (var (piped, kept) in new[] { ("plain", "plain"), ("line\n", "line"), ("two\n\n", "two\n"), ("dos\r\n", "dos"), (" é \" \\ ", " é \" \\ ") })
        {
            await home.StoreAsync("a/b", piped);
            Assert.Equal(kept, (await home.RunAsync("get", "a/b")).Done().Output);
        }
    }

    private static async Task SaysAsync(SanctumHome home, string says, params string[] command)
    {
        var done = (await home.RunAsync(command)).Done();
        Assert.Contains(says, done.Output, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> JsonAsync(SanctumHome home, params string[] command) => (await home.RunAsync([.. command, "--json"])).Done().Json;

    private static void Has(JsonNode? document, string names) =>
        Assert.Equal(names.Split(',').Order(), document!.AsObject().Select(it => it.Key).Order());
}
