namespace Sanctum.Storage.Sqlite.Files;

/// <summary>There is something at a path, and it is not a file that may be used as it is.</summary>
/// <param name="message">What is wrong with it, with its name.</param>
/// <param name="remedy">What to do.</param>
internal sealed class UntrustedFileException(string message, string remedy, Exception? inner = null) : IOException(message, inner)
{
    public string Remedy { get; } = remedy;
}
