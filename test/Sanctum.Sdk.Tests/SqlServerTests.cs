using System.Net;
using System.Net.Sockets;
using Microsoft.Data.SqlClient;
using Sanctum.Audit;
using Sanctum.Sample.Sdks;
using Sanctum.Testing;

namespace Sanctum.Sdk.Tests;

/// <summary>SQL Server's driver with a password from the vault, as far as its protocol (MS-TDS) goes before a server is needed.</summary>
public sealed class SqlServerTests
{
    private const string Password = "CANARY-tds-0123456789";

    // MS-TDS 2.2.6.5: "encryption is not available".
    private static readonly byte[] _withoutEncryption =
    [
        0x04, 0x01, 0x00, 0x1A, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x0B, 0x00, 0x06, 0x01, 0x00, 0x11, 0x00, 0x01, 0xFF, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
    ];

    [Fact]
    public async Task SqlClient_asks_the_vault_each_time_and_gives_a_server_without_encryption_no_password()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT") is "1" or "true", "the driver requires cultures");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var vault = await TestVault.StartAsync();
        await vault.StoreAsync("mssql/main", Password);
        await using var client = vault.CreateClient();
        for (var times = 1; times <= 2; times++)
        {
            var server = ServeAsync(listener);
            await Assert.ThrowsAsync<SqlException>(() => Databases.SqlServerAsync(
                client, $"Server=tcp:127.0.0.1,{((IPEndPoint)listener.LocalEndpoint).Port};User ID=app;Database=main;Connect Timeout=10;Connect Retry Count=0;Pooling=False"));
            var (hello, after) = await server;
            Assert.Equal(0x12, hello[0]); // PRELOGIN
            Assert.Empty(after);
            Assert.Equal(times, await vault.Vault.Audit.ReadAsync(vault.Operator, new AuditQuery { Action = "retrieve" }).CountAsync());
        }
    }

    private static async Task<(byte[] Hello, byte[] After)> ServeAsync(TcpListener listener)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
        await stream.ReadExactlyAsync(new byte[(head[2] << 8) + head[3] - head.Length], TestContext.Current.CancellationToken);
        await stream.WriteAsync(_withoutEncryption, TestContext.Current.CancellationToken);
        using var rest = new MemoryStream();
        try
        {
            await stream.CopyToAsync(rest, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The driver ends it with a reset.
        }

        return (head, rest.ToArray());
    }
}
