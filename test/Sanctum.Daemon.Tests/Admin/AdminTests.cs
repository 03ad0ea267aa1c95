using System.Text;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

public sealed class AdminTests
{
    [Fact]
    public async Task Anyone_on_the_socket_may_know_how_the_daemon_is()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(unsealed: false);
        using var admin = vault.Admin();
        await vault.ConnectAsync();

        await Eventually.Async(async () => (await admin.StatusAsync()).Connections == 1);
        var status = await admin.StatusAsync();

        Assert.True(status.Sealed);
        Assert.Equal(Environment.ProcessId, status.ProcessId);
        Assert.Equal(vault.Socket, status.Socket);
        Assert.Null(status.Tcp);
    }

    [Fact]
    public async Task Where_no_daemon_runs_the_client_says_so()
    {
        await using var vault = await VaultFixture.CreateAsync();
        using var admin = vault.Admin();

        Assert.Null(await admin.TryStatusAsync());
        Assert.Equal("DAEMON_UNREACHABLE", (await Assert.ThrowsAsync<OperatorException>(() => admin.StatusAsync())).Code);
    }

    [Fact]
    public async Task The_passphrase_unseals_and_a_wrong_one_does_not()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(unsealed: false);
        using var admin = vault.Admin();

        var wrong = await Assert.ThrowsAsync<OperatorException>(() => admin.UnsealAsync("wrong"u8.ToArray()));
        Assert.Equal("AUTH_FAILED", wrong.Code);
        Assert.True(daemon.Status.Sealed);
        Assert.False((await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray())).Sealed);
        Assert.False((await admin.UnsealAsync(VaultFixture.PassphraseBytes.ToArray())).Sealed);
    }

    [Fact]
    public async Task Signing_in_does_not_unseal()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(unsealed: false);
        using var admin = vault.Admin();

        var locked = await Assert.ThrowsAsync<OperatorException>(() => admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray()));

        Assert.Equal("VAULT_LOCKED", locked.Code);
        Assert.True(daemon.Status.Sealed);
        var refused = await Assert.ThrowsAsync<OperatorException>(() => admin.Connect("00").ListAgentsAsync());
        Assert.Equal("VAULT_LOCKED", refused.Code);
    }

    [Fact]
    public async Task A_token_stops_the_daemon_and_a_sealed_one_needs_none()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using (var daemon = await vault.StartAsync())
        {
            using var admin = vault.Admin();
            Assert.Equal("AUTH_FAILED", (await Assert.ThrowsAsync<OperatorException>(() => admin.StopAsync(null))).Code);
            Assert.False(daemon.StopRequested.IsCompleted);
            await admin.StopAsync((await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token);
            await daemon.StopRequested.WaitAsync(TimeSpan.FromMinutes(2));
        }

        await using var again = await vault.StartAsync(unsealed: false);
        using var client = vault.Admin();
        await client.StopAsync(null);
        await again.StopRequested.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task The_passphrase_is_changed_by_who_has_a_token_and_knows_the_current_one()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        using var admin = vault.Admin();

        var wrong = await Assert.ThrowsAsync<OperatorException>(() => api.ChangePassphraseAsync("guess"u8.ToArray(), "mine now"u8.ToArray()));
        Assert.Equal("AUTH_FAILED", wrong.Code);
        var tooShort = await Assert.ThrowsAsync<OperatorException>(() => api.ChangePassphraseAsync(VaultFixture.PassphraseBytes.ToArray(), "1234567"u8.ToArray()));
        Assert.Equal("INVALID_PARAMS", tooShort.Code);
        await api.ChangePassphraseAsync(VaultFixture.PassphraseBytes.ToArray(), "a new passphrase"u8.ToArray());

        await Assert.ThrowsAsync<OperatorException>(() => admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray()));
        await admin.LoginAsync("a new passphrase"u8.ToArray());
    }

    [Fact]
    public async Task Requests_that_do_not_parse_strictly_are_refused_and_quote_nothing()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        using var http = new RawHttp(vault.AdminSocket);

        foreach (var body in new[]
        {
            "", "null", "[]", "{", """{"path":"a"}""", """{"path":"a","value":"Q0FOQVJZ","value":"Q0FOQVJZ"}""",
            """{"path":"a","value":"CANARY!"}""", """{"Path":"a","value":"Q0FOQVJZ"}""", """{"path":"a","value":"Q0FOQVJZ","x":1}""",
        })
        {
            var (status, reply) = await http.PostAsync("/v1/credentials/store", body, token: token);
            Assert.Equal(400, status);
            Assert.Contains("\"code\":\"INVALID_REQUEST\"", reply, StringComparison.Ordinal);
            Assert.DoesNotContain("CANARY", reply, StringComparison.Ordinal);
        }

        Assert.Equal(400, (await http.PostAsync("/v1/agents/list", "{}", token: token, contentType: "text/plain")).Status);
        Assert.Equal(400, (await http.PostAsync("/v1/agents/list", "{}", token: token, length: (2 * 1024 * 1024) + 1)).Status);
        Assert.Equal(404, (await http.PostAsync("/v1/agents/list/", "{}", token: token)).Status);
        Assert.Equal(404, (await http.PostAsync("/v1/x/../agents/list", "{}", token: token)).Status);
        Assert.Equal(404, (await http.PostAsync("/v1/agents/list?x=1", "{}", token: token)).Status);
        Assert.Equal(200, (await http.PostAsync("/v1/agents/list", "{}", token: token)).Status);
    }

    [Fact]
    public async Task A_response_that_broke_off_is_not_taken_for_a_whole_one()
    {
        var gate = new GatedStore();
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync(gate: gate);
        await using var api = await vault.OperatorAsync();
        gate.FailReading = true;

        await Assert.ThrowsAsync<OperatorException>(() => api.BackupAsync(new MemoryStream()));
    }

    [Fact]
    public async Task Sealing_waits_for_no_backup_and_whoever_takes_it_is_told()
    {
        // More than the sockets between the two of them hold, so that the daemon has to wait for its reader.
        await using var vault = await VaultFixture.CreateAsync(async (opened, by) =>
        {
            for (var i = 0; i < 8; i++)
            {
                await opened.Credentials.StoreAsync(by, Credentials.CredentialPath.Parse($"large/{i}"), new byte[1024 * 1024]);
            }
        });
        await using var daemon = await vault.StartAsync();
        using var admin = vault.Admin();
        var token = (await admin.LoginAsync(VaultFixture.PassphraseBytes.ToArray())).Token;
        await using var api = admin.Connect(token);
        using var slow = new SlowReader();
        var backup = api.BackupAsync(slow);
        await slow.Reached.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.True((await admin.SealAsync(token).WaitAsync(TimeSpan.FromMinutes(2))).Sealed);

        slow.GoOn();
        var refused = await Assert.ThrowsAsync<OperatorException>(() => backup.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal("VAULT_LOCKED", refused.Code);
        Assert.Contains("sealed during the backup", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_through_the_daemon_can_be_restored()
    {
        await using var vault = await VaultFixture.CreateAsync();
        await using var daemon = await vault.StartAsync();
        await using var api = await vault.OperatorAsync();
        using var backup = new MemoryStream();

        await api.BackupAsync(backup);
        backup.Position = 0;

        await using var store = new Storage.InMemoryVaultStore();
        Assert.True((await Vault.RestoreAsync(backup, store, VaultFixture.PassphraseBytes)).Entries > 0);
        Assert.DoesNotContain("CANARY", Encoding.Latin1.GetString(backup.ToArray()), StringComparison.Ordinal);
    }
}
