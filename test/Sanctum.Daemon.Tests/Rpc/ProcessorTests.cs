using System.Security.Cryptography;
using System.Text;
using Sanctum.Credentials;
using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>No agent takes all of the processors.</summary>
public sealed class ProcessorTests
{
    private const int Connections = 8;
    private const int PerConnection = 64;
    private const string Sign = """{"path":"app/rsa","operation":"sign","params":{"data":"x"}}""";

    [Fact]
    public async Task Signatures_that_take_long_hold_up_neither_other_calls_nor_another_agents_signature()
    {
        using var rsa = RSA.Create(4096);
        await using var vault = await VaultFixture.CreateAsync(async (opened, by) =>
        {
            await opened.Credentials.StoreAsync(by, CredentialPath.Parse("app/rsa"), Encoding.UTF8.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));
            await opened.Policies.AddAsync(by, new Policy { Name = "s", Principal = "agent:stranger", Resources = ["app/rsa"], Actions = PolicyActions.Use });
        });
        using var daemon = await DaemonProcess.StartAsync(vault);
        var healthy = await vault.ConnectAsync();
        await healthy.SignInAsync("stranger", vault.Stranger);
        await healthy.CallAsync("use", Sign);
        var signed = 0;
        var flood = new List<Task>();
        for (var i = 0; i < Connections; i++)
        {
            var wire = await vault.SignInAsync();
            await wire.SendAsync([.. Enumerable.Range(1, PerConnection).Select(id => AgentWire.Frame($$$"""{"id":{{{id}}},"method":"use","params":{{{Sign}}}}"""))]);
            flood.Add(ReadAllAsync(wire));
        }

        // Without turns, all 512 signatures come first: two seconds of a processor. A quarter of them is much more than these two wait for.
        var before = Volatile.Read(ref signed);
        await healthy.CallAsync("list");
        await healthy.CallAsync("use", Sign);
        Assert.InRange(Volatile.Read(ref signed) - before, 0, Connections * PerConnection / 4);
        await Task.WhenAll(flood);
        Assert.Equal(Connections * PerConnection, signed);

        async Task ReadAllAsync(AgentWire wire)
        {
            for (var i = 0; i < PerConnection; i++)
            {
                Assert.True((await wire.ReadAsync()).TryGetProperty("result", out _));
                Interlocked.Increment(ref signed);
            }
        }
    }
}
