using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>
/// Takes an API key out of the source (SANCTUM003): the SDK gets an <c>HttpClient</c> of the vault's and a placeholder, or a client that is registered with
/// <c>AddHttpClient</c> gets <c>UseSanctumCredential</c>. It is offered where the result is known to work, and nowhere else.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(KeyLiteralCodeFix))]
[Shared]
public sealed class KeyLiteralCodeFix : CodeFixProvider
{
    // The first that fits is taken.
    private static readonly Func<KeyPlace, VaultFix?>[] _fixes =
        [RegisteredClientFix.Find, LocalHttpClientFix.Find, OctokitFix.Find, StripeFix.Find, TransportFix.Find, HttpClientPropertyFix.Find, HttpClientArgumentFix.Find];

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["SANCTUM003"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        var model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span, getInnermostNodeForTie: true) is not LiteralExpressionSyntax literal || !literal.IsKind(SyntaxKind.StringLiteralExpression) || model is null)
        {
            return;
        }

        var place = new KeyPlace(literal, model, SyntaxGenerator.GetGenerator(context.Document), context.CancellationToken);
        if (place.HasVault && _fixes.Select(find => find(place)).FirstOrDefault(found => found is not null) is { } fix)
        {
            context.RegisterCodeFix(CodeAction.Create(fix.Title, stop => ChangeAsync(context.Document, fix, stop), equivalenceKey: fix.Key), context.Diagnostics);
        }
    }

    private static async Task<Document> ChangeAsync(Document document, VaultFix fix, CancellationToken stop)
    {
        var editor = await DocumentEditor.CreateAsync(document, stop).ConfigureAwait(false);
        fix.Change(editor);
        return editor.GetChangedDocument();
    }
}
