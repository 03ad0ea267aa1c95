using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>A process has one umask, and each daemon that starts sets it for a moment: so nothing runs beside this.</summary>
[CollectionDefinition(nameof(UmaskTests), DisableParallelization = true)]
[Collection(nameof(UmaskTests))]
public sealed class UmaskTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Sockets_are_for_their_owner_alone_whatever_the_umask()
    {
        await using var vault = await VaultFixture.CreateAsync();
        var before = NativeMethods.Umask(0);
        try
        {
            await using var daemon = await vault.StartAsync();

            // Only what no one may do is decided by the umask: execution of a socket means nothing.
            Assert.Equal(Private, File.GetUnixFileMode(vault.Socket) & ~UnixFileMode.UserExecute);
            Assert.Equal(Private, File.GetUnixFileMode(vault.AdminSocket) & ~UnixFileMode.UserExecute);
            Assert.Equal(0u, NativeMethods.Umask(0));
        }
        finally
        {
            NativeMethods.Umask(before);
        }
    }
}
