using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>A literal with a key, and what is around it.</summary>
internal sealed class KeyPlace(LiteralExpressionSyntax literal, SemanticModel model, SyntaxGenerator generator, CancellationToken stop)
{
    public LiteralExpressionSyntax Literal { get; } = literal;

    public SemanticModel Model { get; } = model;

    public SyntaxGenerator Generator { get; } = generator;

    /// <summary>Whether the program references the client at all.</summary>
    public bool HasVault => TypeOf("Sanctum.Client.SanctumHttpHandler") is not null;

    /// <summary>The argument that the literal is.</summary>
    public ArgumentSyntax? Argument => Literal.Parent as ArgumentSyntax;

    public INamedTypeSymbol? TypeOf(string name) => Model.Compilation.GetTypeByMetadataName(name);

    public ISymbol? SymbolOf(SyntaxNode node) => Model.GetSymbolInfo(node, stop).Symbol;

    public ITypeSymbol? TypeOf(SyntaxNode node) => Model.GetTypeInfo(node, stop).Type;

    /// <summary>The type's name, without its namespace where the file has that. None is added: it could make other names ambiguous.</summary>
    public SyntaxNode Name(ITypeSymbol type) => Generator.TypeExpression(type);

    public SyntaxNode Name(string type) => Name(TypeOf(type)!);

    public SyntaxNode New(string type, params SyntaxNode[] arguments) => Generator.ObjectCreationExpression(Name(type), arguments);

    /// <summary>What is in the key's place.</summary>
    public LiteralExpressionSyntax Placeholder(string text = "unused") => (LiteralExpressionSyntax)Generator.LiteralExpression(text);

    /// <summary><c>new HttpClient(new SanctumHttpHandler(vault, "path"))</c>.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="placeholder">What the handler takes off, where the SDK puts it into a header of its own.</param>
    public SyntaxNode HttpClient(string path, string? placeholder = null) => New("System.Net.Http.HttpClient", Handler(path, placeholder));

    /// <summary><c>new SanctumHttpHandler(vault, "path")</c>.</summary>
    public SyntaxNode Handler(string path, string? placeholder = null)
    {
        List<SyntaxNode> arguments = [Vault(), Generator.LiteralExpression(path)];
        if (placeholder is not null)
        {
            arguments.Add(Syntax.With((ObjectCreationExpressionSyntax)New("Sanctum.Client.HttpUseOptions"), "Placeholder", Generator.LiteralExpression(placeholder)));
        }

        return New("Sanctum.Client.SanctumHttpHandler", [.. arguments]);
    }

    // A client that is in scope: programs have one. Else one that the environment describes.
    private SyntaxNode Vault() => Model.LookupSymbols(Literal.SpanStart).Where(IsUsableClient).OrderBy(symbol => symbol is ILocalSymbol or IParameterSymbol ? 0 : 1).FirstOrDefault() is { } vault
        ? Generator.IdentifierName(vault.Name)
        : Generator.InvocationExpression(Generator.MemberAccessExpression(Name("Sanctum.Client.SanctumClient"), "FromEnvironment"));

    private bool IsUsableClient(ISymbol symbol) => symbol switch
    {
        ILocalSymbol local => IsClient(local.Type) && local.DeclaringSyntaxReferences.All(it => it.Span.End < Literal.SpanStart),
        IParameterSymbol parameter => IsClient(parameter.Type) && !IsInStatic(parameter),
        IFieldSymbol field => IsClient(field.Type) && (field.IsStatic || !IsStaticHere()),
        IPropertySymbol { GetMethod: not null } property => IsClient(property.Type) && (property.IsStatic || !IsStaticHere()),
        _ => false,
    };

    private bool IsClient(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type.WithNullableAnnotation(NullableAnnotation.NotAnnotated), TypeOf("Sanctum.Client.SanctumClient"));

    // A parameter of a primary constructor is there for members of instances alone.
    private bool IsInStatic(IParameterSymbol parameter) =>
        parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } made && IsStaticHere() && !SymbolEqualityComparer.Default.Equals(made, Model.GetEnclosingSymbol(Literal.SpanStart));

    private bool IsStaticHere()
    {
        for (var around = Model.GetEnclosingSymbol(Literal.SpanStart); around is not null and not INamedTypeSymbol; around = around.ContainingSymbol)
        {
            if (around.IsStatic)
            {
                return true;
            }
        }

        // What an initializer of a member is may not name another of the instance.
        return Literal.FirstAncestorOrSelf<MemberDeclarationSyntax>() is FieldDeclarationSyntax or PropertyDeclarationSyntax { Initializer: not null };
    }
}
