using System.Security.Cryptography;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Where passphrases come from, the first that there is: <c>--passphrase-file</c>, the variable, systemd's credential, the terminal.
/// They are UTF-8 in arrays that the caller zeroes.
/// </summary>
internal sealed class Passphrases(string? file)
{
    public const string Variable = "SANCTUM_PASSPHRASE";
    public const string SystemdCredential = "sanctum-passphrase";

    /// <summary>
    /// For new ones only. Eight is the floor of NIST SP 800-63B, and what is shorter can be tried out even at Argon2id's price;
    /// what makes a good one can't be measured, so nothing else is asked.
    /// </summary>
    public const int MinimumLength = 8;

    private const int MaxBytes = 64 * 1024;

    /// <summary>Whether one was given without anybody being asked.</summary>
    public bool IsGiven => file is not null || FromEnvironment is not null || SystemdFile is not null;

    /// <summary>The vault's passphrase.</summary>
    public byte[] Get() => Given() ?? Ask("the vault's passphrase", "Passphrase: ");

    /// <summary>A new vault's passphrase: typed twice when it is typed.</summary>
    public byte[] GetNew() => Checked("the passphrase", Given() ?? AskTwice("a passphrase for the new vault", "New passphrase"));

    /// <summary>What replaces the passphrase.</summary>
    public static byte[] GetReplacement(string? file) =>
        Checked("the new passphrase", file is null ? AskTwice("the new passphrase", "New passphrase", "--new-passphrase-file") : ReadFile(file));

    /// <summary>What protects an agent's key file; not the vault's passphrase, which agents must not know.</summary>
    public static byte[] GetForKey(string? file) =>
        Checked("the key's passphrase", file is null ? AskTwice("a passphrase for the agent's key", "Passphrase for the key", "--key-passphrase-file") : ReadFile(file));

    private static string? FromEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;

    private static string? SystemdFile =>
        Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } directory
        && Path.Join(directory, SystemdCredential) is var path && File.Exists(path) ? path : null;

    private byte[]? Given() =>
        file is not null ? ReadFile(file)
        : FromEnvironment is { } value ? Encoding.UTF8.GetBytes(value)
        : SystemdFile is { } path ? ReadFile(path)
        : null;

    private static byte[] ReadFile(string file)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(MaxBytes, pinned: true);
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = stream.ReadAtLeast(buffer, MaxBytes, throwOnEndOfStream: false);
            var passphrase = PinnedCopy(buffer.AsSpan(0, LengthWithoutNewline(buffer.AsSpan(0, length))));
            return passphrase.Length > 0 ? passphrase : throw CliErrors.Usage($"{file} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnreadableFile(file, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>In memory that the garbage collector does not copy about, so that zeroing it zeroes the only one.</summary>
    internal static byte[] PinnedCopy(ReadOnlySpan<byte> secret)
    {
        var copy = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(copy);
        return copy;
    }

    /// <summary>Editors and <c>echo</c> end a file with a newline that nobody meant; a second one was meant.</summary>
    internal static int LengthWithoutNewline(ReadOnlySpan<byte> text) =>
        text.EndsWith("\r\n"u8) ? text.Length - 2 : text.EndsWith("\n"u8) ? text.Length - 1 : text.Length;

    private static byte[] Ask(string what, string prompt)
    {
        if (!SecretPrompt.IsPossible)
        {
            throw CliErrors.NoPassphrase(what);
        }

        var typed = SecretPrompt.Ask(prompt);
        return typed.Length > 0 ? typed : throw CliErrors.Usage("no passphrase was typed");
    }

    private static byte[] AskTwice(string what, string prompt, string? option = null)
    {
        if (!SecretPrompt.IsPossible)
        {
            throw option is null ? CliErrors.NoPassphrase(what) : CliErrors.NoSecretSource(what, option);
        }

        var first = Checked("that passphrase", SecretPrompt.Ask($"{prompt}: "));
        var second = SecretPrompt.Ask("The same again: ");
        var same = CryptographicOperations.FixedTimeEquals(first, second);
        CryptographicOperations.ZeroMemory(second);
        if (!same)
        {
            CryptographicOperations.ZeroMemory(first);
            throw CliErrors.PassphrasesDiffer();
        }

        return first;
    }

    private static byte[] Checked(string what, byte[] passphrase)
    {
        // Characters, not bytes: every byte but UTF-8's continuation bytes begins one.
        if (passphrase.Count(it => (it & 0xC0) != 0x80) >= MinimumLength)
        {
            return passphrase;
        }

        CryptographicOperations.ZeroMemory(passphrase);
        throw CliErrors.ShortPassphrase(what);
    }
}
