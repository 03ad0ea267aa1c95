using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;
using Sanctum.Sealing;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Daemons;

/// <summary>
/// The daemon's end, in a background process. It gets the passphrase from the pipe on stdin, leaves the terminal's session,
/// and sends its output to the log. The pipe that was stdout is kept for the one line with the result.
/// </summary>
internal sealed class HandOverChannel : IDisposable
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    private readonly FileStream _starter;

    private HandOverChannel(FileStream starter) => _starter = starter;

    public static HandOverChannel Open(VaultDirectory vault)
    {
        var starter = new FileStream(new SafeFileHandle(Native.Duplicate(StandardOutput), ownsHandle: true), FileAccess.Write, bufferSize: 0);
        var channel = new HandOverChannel(starter);
        try
        {
            using var log = FoundFile.OpenToAppend(vault.Log, vault.Log);
            var file = (int)log.SafeFileHandle.DangerousGetHandle();
            foreach (var stream in new[] { StandardOutput, StandardError })
            {
                if (!Native.AppendAlways(file) || Native.Replace(file, stream) < 0)
                {
                    throw new IOException("the daemon's output can't be sent to its log");
                }
            }

            _ = Native.NewSession(); // Fails only for who leads a session already, which is as good.
            return channel;
        }
        catch (Exception e)
        {
            channel.Failed(Failure.From(e));
            channel.Dispose();
            throw;
        }
    }

    /// <summary>The passphrase, or null when it is to start sealed.</summary>
    public static byte[]? ReadPassphrase()
    {
        using var input = StandardStreams.OpenInput();
        var buffer = GC.AllocateUninitializedArray<byte>(PassphraseRule.MaximumBytes + 1, pinned: true);
        try
        {
            var length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length == 0 ? null
                : length > PassphraseRule.MaximumBytes ? throw CliErrors.LongPassphrase("the passphrase")
                : Terminals.Passphrases.PinnedCopy(buffer.AsSpan(0, length));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(buffer);
        }
    }

    public void Ready() => Send(new HandOver(Ready: true));

    public void Failed(Failure failure) => Send(new HandOver(Ready: false, new(failure.Code, failure.Message, failure.Hint, failure.ExitCode)));

    public void Dispose() => _starter.Dispose();

    private void Send(HandOver line)
    {
        try
        {
            _starter.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, CliJson.Compact.HandOver), (byte)'\n']);
        }
        catch (IOException)
        {
            // Who started us does not wait any longer (Ctrl-C). The daemon runs or fails all the same, and its log says which.
        }
    }
}
