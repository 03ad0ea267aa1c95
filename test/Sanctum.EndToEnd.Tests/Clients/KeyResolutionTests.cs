using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>A client that is told nothing finds the vault and its key in the home directory. Which directory that is the whole process
/// shares, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(KeyResolutionTests), DisableParallelization = true)]
[Collection(nameof(KeyResolutionTests))]
public sealed class KeyResolutionTests
{
    private const string KeyPassphrase = "the key's own passphrase";

    [Fact]
    public async Task The_socket_and_the_key_are_where_the_operators_tool_puts_them()
    {
        await using var home = await ServeAsync();
        var before = Environment.GetEnvironmentVariable("HOME");
        Environment.SetEnvironmentVariable("HOME", home.Directory);
        try
        {
            await SignInAsync("plain", null);
            await SignInAsync("protected", new SanctumClientOptions { Passphrase = KeyPassphrase });
            await SignInAsync("plain", new SanctumClientOptions { Passphrase = "not needed: there is no protected file" });

            await Assert.ThrowsAsync<AuthException>(() => SignInAsync("protected", null));
            await Assert.ThrowsAsync<AuthException>(() => SignInAsync("protected", new SanctumClientOptions { Passphrase = "wrong" }));
            await Assert.ThrowsAsync<AuthException>(() => SignInAsync("keyless", null));
        }
        finally
        {
            Environment.SetEnvironmentVariable("HOME", before);
        }

        // Told explicitly, either kind of file is taken from anywhere.
        var moved = Path.Join(home.Directory, "moved");
        File.Move(home.KeyOf("protected") + ".enc", moved);
        await SignInAsync("protected", new SanctumClientOptions { SocketPath = home.Socket, KeyPath = moved, Passphrase = KeyPassphrase });
        await SignInAsync("plain", new SanctumClientOptions { SocketPath = home.Socket, KeyDirectory = Path.Join(home.Vault, "keys") });
    }

    private static async Task<SanctumHome> ServeAsync()
    {
        var home = await SanctumHome.ServingAsync();
        var passphrase = Path.Join(home.Directory, "key-passphrase");
        await File.WriteAllTextAsync(passphrase, KeyPassphrase);
        await home.RegisterAsync("plain");
        (await home.RunAsync("agent", "register", "protected", "--protect", "--key-passphrase-file", passphrase)).Done();
        return home;
    }

    private static async Task SignInAsync(string agent, SanctumClientOptions? options)
    {
        await using var client = await SanctumClient.ConnectAsync(agent, options);
        Assert.Empty(await client.ListAsync());
    }
}
