using Microsoft.CodeAnalysis.Editing;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>A change that takes a key out of the source.</summary>
internal sealed class VaultFix(string title, string key, Action<DocumentEditor> change)
{
    /// <summary>What the editor shows.</summary>
    public string Title => title;

    /// <summary>The same for changes of the same kind, which can be made together.</summary>
    public string Key => key;

    /// <summary>Makes it.</summary>
    public Action<DocumentEditor> Change => change;

    /// <summary>The SDK, or the program's own client, sends through a handler of the vault's.</summary>
    public static VaultFix ByHandler(string path, Action<DocumentEditor> change) => new($"Use '{path}' of the vault through SanctumHttpHandler", "handler", change);

    /// <summary>A registered client sends through the vault.</summary>
    public static VaultFix ByRegistration(string path, Action<DocumentEditor> change) => new($"Use '{path}' of the vault with UseSanctumCredential", "registration", change);
}
