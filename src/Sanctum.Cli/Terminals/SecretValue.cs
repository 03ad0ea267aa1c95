using System.Security.Cryptography;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Terminals;

/// <summary>Where the secret to be stored comes from: a pipe or file on stdin, the terminal unseen, or (with a warning) an argument.</summary>
internal static class SecretValue
{
    // The vault has its own limit; this one only keeps a wrong file from filling the memory first.
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The bytes; the caller zeroes them.</summary>
    /// <param name="raw">Keep the newline at the end of what is read from stdin.</param>
    public static byte[] Get(Terminal terminal, string path, string? argument, bool raw)
    {
        if (argument is not null)
        {
            terminal.Warn("a value given with --value is in the shell's history and in the list of processes; better type it when asked, or pipe it in");

            // .NET has put this character in the place of every byte that is not text; what would be stored is not what was given.
            return argument.Contains('\uFFFD', StringComparison.Ordinal) ? throw CliErrors.ValueNotText() : NotEmpty(Encoding.UTF8.GetBytes(argument));
        }

        if (!StandardStreams.HasInput)
        {
            throw CliErrors.NoValue();
        }

        if (Console.IsInputRedirected)
        {
            return NotEmpty(ReadStandardInput(raw));
        }

        return SecretPrompt.IsPossible ? NotEmpty(SecretPrompt.AskForLines($"Value of {path}: ")) : throw CliErrors.NoValue();
    }

    private static byte[] NotEmpty(byte[] value) => value.Length > 0 ? value : throw CliErrors.NoValue();

    private static byte[] ReadStandardInput(bool raw)
    {
        using var input = StandardStreams.OpenInput();
        var buffer = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
        var length = 0;
        while (true)
        {
            var read = input.Read(buffer, length, buffer.Length - length);
            if (read == 0)
            {
                break;
            }

            length += read;
            if (length > MaxBytes)
            {
                CryptographicOperations.ZeroMemory(buffer);
                throw CliErrors.Usage($"the value is larger than {MaxBytes / (1024 * 1024)} MiB");
            }

            if (length == buffer.Length)
            {
                var larger = GC.AllocateUninitializedArray<byte>(buffer.Length * 2, pinned: true);
                buffer.CopyTo(larger, 0);
                CryptographicOperations.ZeroMemory(buffer);
                buffer = larger;
            }
        }

        var value = Passphrases.PinnedCopy(buffer.AsSpan(0, raw ? length : Passphrases.LengthWithoutNewline(buffer.AsSpan(0, length))));
        CryptographicOperations.ZeroMemory(buffer);
        return value;
    }
}
