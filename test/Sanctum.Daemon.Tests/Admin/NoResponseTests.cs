using System.Net.Sockets;
using Sanctum.Daemon.Admin;

namespace Sanctum.Daemon.Tests.Admin;

/// <summary>What an operator is told where no response comes.</summary>
public sealed class NoResponseTests
{
    [Fact]
    public async Task A_daemon_that_ends_during_a_call_may_have_done_it_and_one_that_is_not_there_has_not()
    {
        var folder = Directory.CreateTempSubdirectory("sanctum-none-");
        try
        {
            var path = Path.Join(folder.FullName, "admin.sock");
            using var admin = new AdminClient(path, TimeSpan.FromMinutes(1));
            using (var daemon = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                daemon.Bind(new UnixDomainSocketEndPoint(path));
                daemon.Listen();
                var call = admin.StopAsync("a token");
                using (var connection = await daemon.AcceptAsync(TestContext.Current.CancellationToken))
                {
                    await connection.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
                }

                var lost = await Assert.ThrowsAsync<OperatorException>(() => call);
                Assert.Equal(("DAEMON_UNREACHABLE", "the daemon ended the connection before it responded"), (lost.Code, lost.Message));
                Assert.Contains("may have taken effect", lost.Suggestion, StringComparison.Ordinal);
            }

            var none = await Assert.ThrowsAsync<OperatorException>(() => admin.StopAsync("a token"));
            Assert.Equal(("DAEMON_UNREACHABLE", "no daemon is running for this vault"), (none.Code, none.Message));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
